/** A name as it must be written in a statement that a person copies out of an alert: quoted, where it needs that. */
export const quoteIdentifier = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
