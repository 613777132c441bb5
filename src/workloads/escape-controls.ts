/**
 * The text with control and format characters as escapes (`\n`, `\u{1b}`): what a file says must not steer a terminal,
 * break a line or turn the direction of writing.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => {
    const json = JSON.stringify(char).slice(1, -1);
    return json.length === 2 ? json : `\\u{${char.codePointAt(0)!.toString(16)}}`;
  });
}
