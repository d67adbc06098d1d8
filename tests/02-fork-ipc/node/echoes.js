// Sends every message back as {"reply": message}. Lives for as long as the channel does.
'use strict';
process.on('message', (message) => process.send({ reply: message }));
