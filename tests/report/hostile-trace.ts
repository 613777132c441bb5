/** A trace whose names try to break out of whatever they are put into. */
export const hostileRoles = [
  'prod',
  'te"st, <b id="pwned">x<',
  '=cmd|calc',
  'ünï-日本語-\u202eevil',
  'line\nbreak & \u0007bell',
  '</script><script>alert(1)</script>',
  'a'.repeat(90),
];
export const hostileFrameworks = ['<img src=x onerror=alert(1)>', 'it\'s, "quoted"', 'plain'];

/** Sixty tasks a role over two hours, more at times than twenty cpus hold. */
export function hostileTrace(): string {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const rows = Array.from({ length: 60 * hostileRoles.length }, (_, i) => {
    const role = hostileRoles[i % hostileRoles.length];
    const framework = hostileFrameworks[i % hostileFrameworks.length];
    // Busy in the middle of each hour.
    const submit = i * 17 + 400 * Math.sin(i / 33);
    const numbers = [Math.max(0, submit).toFixed(3), 60 + ((i * 37) % 500), 1 + (i % 4), 256 * (1 + (i % 5))];
    return [...numbers, quoted(role), quoted(framework)].join(',');
  });
  return `submit_s,duration_s,cpus,mem,role,framework\n${rows.join('\n')}\n`;
}
