// What a tile says when its worker has ended, and for how long. The replacement is often there within a blink, and a
// worker that asked to be replaced even ends after its replacement has begun.

const shown_ms = 3500;
const same_death_ms = 300;  // a death's time is told as an age, so it comes out a little different each time

const deathOf = ({ last_death: death }, at_ms) => (death ? at_ms - death.ago_ms : -Infinity);

/** Follows the workers of one slot; wishOf(id) is what a worker said when it asked to be replaced, if it did. */
export function makeFarewell(wishOf) {
    let current = 0;         // ids; 0 is nobody
    let before = 0;
    let diedAt = null;
    let until = 0;
    let told = null;

    function tell(worker, isDeath) {
        const reason = isDeath ? worker.last_death.reason : `worker ${before} ${wishOf(before) ?? 'is replaced'}`;
        const next = worker.id && before ? `worker ${worker.id} takes the place of worker ${before}` : 'its replacement is on the way';
        return { reason, next, isDeath };
    }

    return {
        /** The id that has just been replaced, or 0; what to say now, or null; whether that is news. */
        follow(worker, at_ms) {
            const death = deathOf(worker, at_ms);
            const isDeath = diedAt !== null && death > diedAt + same_death_ms;
            diedAt = Math.max(death, diedAt ?? death);
            const replaced = worker.id && current && worker.id !== current ? current : 0;
            if (worker.id) current = worker.id;
            if (replaced) before = replaced;
            const isNews = isDeath || Boolean(replaced);
            // A death that has been told is not taken back by the replacement that follows.
            if (isNews) told = tell(worker, isDeath || Boolean(told?.isDeath && at_ms < until));
            if (isNews) until = at_ms + shown_ms;
            const waits = !worker.id && told;
            return { replaced, said: at_ms < until || waits ? told : null, isNews };
        },
    };
}
