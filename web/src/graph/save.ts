/* Hands a file to the browser, to be saved under a name. */
export function save(blob: Blob, fileName: string): void {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: address, download: fileName.replaceAll(/[^\w.-]+/g, '_') });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

const cell = (value: string | number | null) => (value === null ? '' : /^[=+\-@\t\r]/.test(String(value)) && typeof value === 'string' ? `"'${value.replaceAll('"', '""')}"` : /[",\n\r]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

/** RFC 4180; a text that a spreadsheet would run as a formula is given an apostrophe. */
export function csv(header: readonly string[], rows: readonly (readonly (string | number | null)[])[]): Blob {
  return new Blob([[header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n'), '\r\n'], { type: 'text/csv' });
}
