/** Cypher as it may leave the machine. */
import { redact, withoutLiterals } from '../redact.ts'

/**
 * What in Cypher may hide where something else begins or ends, in one pass. Unlike in SQL both kinds of quotes are
 * literals, a backslash escapes in them, and names stand between backticks. The server cuts long queries: what has no end
 * goes up to the end.
 */
const LEXEMES = new RegExp(
  [
    String.raw`(?<comment>//[^\n\r]*|/\*[\s\S]*?(?:\*/|$))`,
    '(?<name>`(?:[^`]|``)*(?:`|$)|\\$\\w+)',
    String.raw`"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)`,
    String.raw`'(?:[^'\\]|\\[\s\S])*(?:'|\\?$)`,
    // Not the dots of a range: `[:KNOWS*1..3]`.
    String.raw`(?<![\w$])\d(?:\w|\.(?=\d))*`,
  ].join('|'),
  'g',
)

/** A query without its literals, shortened: `MATCH (u:User {email: ?}) RETURN u`. */
export const normaliseCypher = (query: string, most = 120): string => withoutLiterals(redact(query), LEXEMES, most)
