// What the measuring programs have in common: flags, processor time and the line of results.
'use strict';

/** The values of `--name value`, as text or number like their defaults. */
exports.flags = (defaults) => {
    const given = { ...defaults };
    for (let n = 2; n < process.argv.length; n += 2) {
        const name = process.argv[n].slice(2);
        const value = process.argv[n + 1];
        if (!process.argv[n].startsWith('--') || !(name in defaults) || value === undefined) {
            console.error(`error: unknown flag, or no value: ${process.argv[n]}`);
            process.exit(2);
        }
        given[name] = typeof defaults[name] === 'number' ? Number(value) : value;
    }
    return given;
};

/** Throws unless `right`. */
exports.expect = (right, what) => {
    if (!right) throw new Error(what);
};

/** Measures from its making on. */
exports.stopwatch = () => {
    const begin = performance.now();
    const cpu = process.cpuUsage();
    return {
        seconds: () => (performance.now() - begin) / 1000,
        /** Processor time of this process. */
        cpuUs: () => {
            const used = process.cpuUsage(cpu);
            return used.user + used.system;
        },
    };
};

/** Adds the median and the 99th percentile to a result. */
exports.addLatencies = (result, latenciesUs) => {
    if (latenciesUs.length === 0) return;
    const sorted = Float64Array.from(latenciesUs).sort();
    result.p50_us = sorted[Math.floor(sorted.length / 2)];
    result.p99_us = sorted[Math.floor((sorted.length * 99) / 100)];
};

/** Prints a result, the one line that is read by whoever started the program. */
exports.print = (result) => console.log(JSON.stringify(result));
