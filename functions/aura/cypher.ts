/** Cypher as it may leave the machine. */
import { redact } from '../redact.ts'

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
export function normaliseCypher(query: string, most = 120): string {
  const text = redact(query)
    .replace(LEXEMES, (lexeme, ...rest) => {
      const { comment, name } = rest.at(-1) as { comment?: string; name?: string }
      return comment !== undefined ? ' ' : name !== undefined ? lexeme : '?'
    })
    .replace(/\s+/g, ' ')
    .trim()
  return text.length > most ? `${text.slice(0, most - 3)}...` : text
}
