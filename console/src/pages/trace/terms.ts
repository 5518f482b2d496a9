/** Filter expressions that find traces like this one. Pure. */

/** A text in the filter language. */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** `annotation.tier = "gold"`; keys that are no plain word are quoted. */
export function annotationTerm(key: string, value: string | number | boolean): string {
  const name = /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `annotation.${key}` : `annotation[${quoted(key)}]`;
  return `${name} = ${typeof value === "string" ? quoted(value) : String(value)}`;
}

/** `user = "ada"`. */
export function userTerm(user: string): string {
  return `user = ${quoted(user)}`;
}
