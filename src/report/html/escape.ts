const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it stands in HTML, between tags or in a quoted attribute. Control characters are shown as symbols. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => entities[character])
    .replaceAll(/[\u0000-\u001f]/g, (character) => String.fromCharCode(0x2400 + character.charCodeAt(0)))
    .replaceAll(/[\u007f-\u009f]/g, '\ufffd');
}

/**
 * A name that came from a file: escaped, in an element of its own, so that right-to-left text in it turns nothing around
 * but itself. A long one is cut, and is whole in its tooltip.
 */
export function nameHtml(name: string, most = 40): string {
  const characters = Array.from(name);
  if (characters.length <= most) return `<bdi>${escapeHtml(name)}</bdi>`;
  const whole = escapeHtml(characters.slice(0, 400).join(''));
  return `<bdi title="${whole}">${escapeHtml(characters.slice(0, most - 1).join(''))}…</bdi>`;
}
