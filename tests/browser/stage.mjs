// What a browser test needs around it: the program, the browser, and a clean end of both.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

/** Starts the full cluster on free ports with a state directory of its own. */
export async function startCluster(program) {
    const state = await mkdtemp(path.join(tmpdir(), 'browser-test-'));
    const child = spawn(program, ['--port', '0', '--admin-port', '0', '--workers', '3', '--state', state],
                        { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout });
    const dashboard = await new Promise((resolve, reject) => {
        lines.on('line', (line) => {
            console.log(line);
            const found = /dashboard\D*(http:\/\/\S+)/.exec(line);
            if (found) resolve(found[1]);
        });
        ended.then(([code, signal]) => reject(new Error(`${program} ended before it was there: ${code ?? signal}`)), reject);
    });
    return {
        dashboard,
        /** Sends the signal; how it ended: its exit code, or the signal's name. */
        async stop(signal) {
            child.kill(signal);
            const [code, killed] = await ended;
            return code ?? killed;
        },
        async clean() {
            if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
            await ended;
            await rm(state, { recursive: true });
        },
    };
}

/** Starts the browser; each visitor has cookies of their own, and all that a page complains of is kept. */
export async function startBrowser(executablePath, pictures) {
    // A container's root can have no sandbox; nothing but our own pages is opened.
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    const complaints = [];
    return {
        complaints,
        close: () => browser.close(),
        async visit(url, options = {}) {
            const visitor = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
            const page = await visitor.newPage();
            page.setDefaultTimeout(20000);
            page.on('console', (said) => {
                if (said.type() === 'error') complaints.push(`${page.url()}: ${said.text()} ${said.location().url}`);
            });
            page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.stack}`));
            await page.goto(url);
            return page;
        },
        picture: (page, name) => page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true }),
    };
}
