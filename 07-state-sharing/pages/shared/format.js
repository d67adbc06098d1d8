// Numbers as people read them.

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const missing = '–';
const rest = (value, unit) => (value ? ` ${value} ${unit}` : '');

/** 12401 → 12,401 */
export const count = (value) => (value == null ? missing : whole.format(value));

/** A share of one, as per cent: 0.257 → 26 % */
export const percent = (share) => `${Math.round(share * 100)} %`;

/** A short time, for latencies, none of which is zero: 30 µs, 0.84 ms, 12 ms, 1.2 s */
export function latency(ms) {
    if (!ms) return missing;
    if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
    if (ms >= 10) return `${Math.round(ms)} ms`;
    if (ms < 0.1) return `${Math.ceil(ms * 1000)} µs`;
    return `${ms.toFixed(ms < 1 ? 2 : 1)} ms`;
}

/** A long time, in its two largest units: 42 s, 3 min 12 s, 1 h 4 min */
export function duration(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min${rest(seconds % 60, 's')}`;
    return `${Math.floor(minutes / 60)} h${rest(minutes % 60, 'min')}`;
}

/** 9123456 → 9.1 MB */
export const megabytes = (bytes) => (bytes == null ? missing : `${(bytes / 1e6).toFixed(1)} MB`);

/** The time of day of a time since the epoch: 14:03:59 */
export const clock = (ms) => new Date(ms).toLocaleTimeString('en-GB');
