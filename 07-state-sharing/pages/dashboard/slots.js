// Who is at each slot. A worker that is leaving may share its slot with its replacement for a while, and a slot may wait
// for its next worker; that has then no id.

const newest = (a, b) => (b.id > a.id ? b : a);

/** One worker per slot, with those who still leave it: the worker as the primary tells of it, and `leaving`. */
export function bySlot(workers) {
    const slots = new Map();
    for (const worker of workers) slots.set(worker.slot, [...(slots.get(worker.slot) ?? []), worker]);
    return [...slots.values()].map((all) => {
        const staying = all.filter(({ state }) => state !== 'leaving' && state !== 'dead');
        const current = (staying.length ? staying : all).reduce(newest);
        return { ...current, leaving: all.filter((other) => other !== current && other.id) };
    });
}
