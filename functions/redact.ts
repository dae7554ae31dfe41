/**
 * The one boundary for text that leaves the machine: logs, errors, reports, alerts. Drivers put whole connection strings
 * into their messages, and a provider may echo what it was sent.
 */
import { strikeKnown } from './known-secrets.ts'

export { learnSecret } from './known-secrets.ts'

const PATTERNS: [RegExp, string][] = [
  // Behind a colon stands a password, which may hold slashes and at signs that nobody encoded: up to the last one.
  [/\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/:@"']*:[^\s"']*@|[^\s/@"']*@)/gi, '$1[redacted]@'],
  // Quoted or bare, in JSON, in JSON within JSON, or as libpq writes it; JSON stays JSON.
  [
    /(password|passwd|passphrase|pwd|secret(?:[_-]?access)?(?:[_-]?key)?|token|api[_-]?key)(\\?["']?\s*[=:]\s*)(?!null\b|true\b|false\b|(?<=:\s*)\d{1,5}(?=\.?(?:\s|$)|[;&}\]\\"']|,[\\"\s])|[[{])(?:(\\")(?:[^"\\]|\\[^"])*|(")(?:[^"\\]|\\.)*|(')(?:[^'\\]|\\.)*|(?:[^\s"'&;},\\]|,(?!"))+)/gi,
    '$1$2$3$4$5[redacted]',
  ],
  [/\b(Bearer)\s+[\w.~+/=-]+/gi, '$1 [redacted]'],
  [/\b(Basic)\s+(?=\S*[\dA-Z=])[\w.~+/=-]{8,}/g, '$1 [redacted]'],
  [/\b(PASSWORD\s+)'[^']*'/gi, "$1'[redacted]'"],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '[redacted]'],
  [/\bn(api|pg)_\w+/g, '[redacted]'],
]

/**
 * `text` without any secret that is known. For the last step, on text that a person wrote or that has been redacted before:
 * a user's note "Password: in the vault" is no secret.
 */
export const redactKnown = strikeKnown

/** `text` without anything that is, or looks like, a secret: for whatever comes from outside. */
export function redact(text: string): string {
  let out = redactKnown(text)
  for (const [pattern, replacement] of PATTERNS) out = out.replace(pattern, replacement)
  return out
}

/** A copy of `value` in which every text is redacted. */
export function redactAll<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (_key, inner) =>
    typeof inner === 'string' ? redact(inner) : inner,
  ) as Value
}

/** A copy of an error with nothing but its name, message and stack, redacted: Lambda prints whatever a thrown error holds. */
export function redactError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(errorMessage(error))
  const copy = new Error(redact(error.message))
  copy.name = error.name
  copy.stack = redact(error.stack ?? '')
  return copy
}

/**
 * What in a statement may hide where something else begins or ends, in one pass: a quote in a comment begins no literal,
 * two dashes in a literal no comment. The server cuts long statements: what has no end goes up to the end.
 */
const LEXEMES = new RegExp(
  [
    String.raw`(?<comment>--[^\n\r]*|/\*[\s\S]*?(?:\*/|$))`,
    String.raw`(?<name>"(?:[^"]|"")*(?:"|$)|\$\d+)`,
    String.raw`\$(?<tag>[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    // Only in E'...' does a backslash escape.
    String.raw`\be'(?:[^'\\]|''|\\[\s\S])*(?:'|$)`,
    `'(?:[^']|'')*(?:'|$)`,
    String.raw`(?<![\w$])\d[\w.]*`,
  ].join('|'),
  'gi',
)

/** A statement without its literals, shortened: `SELECT * FROM users WHERE email = ?`. */
export function normaliseStatement(statement: string, most = 120): string {
  return withoutLiterals(statement, LEXEMES, most)
}

/** @param lexemes of any language: its comments and names are groups so called, whatever else it matches is a literal */
export function withoutLiterals(statement: string, lexemes: RegExp, most: number): string {
  const text = statement
    .replace(lexemes, (lexeme, ...rest) => {
      const { comment, name } = rest.at(-1) as { comment?: string; name?: string }
      return comment !== undefined ? ' ' : name !== undefined ? lexeme : '?'
    })
    .replace(/\s+/g, ' ')
    .trim()
  return text.length > most ? `${text.slice(0, most - 3)}...` : text
}

/** What the AWS SDK adds to an answer that it cannot read is for who debugs it, and no help at night. */
const SDK_HINT =
  /Deserialization error: to see the raw response, inspect the hidden field \{error\}\.\$response on this object\.?/

/** What an unknown thrown thing says of itself, redacted, in one line. */
export function errorMessage(error: unknown): string {
  const parts: string[] = []
  for (let at: unknown = error, depth = 0; at !== undefined && at !== null && depth < 4; depth++) {
    const { message, code, sourceError, cause } = at as {
      message?: unknown
      code?: unknown
      sourceError?: unknown
      cause?: unknown
    }
    const text =
      typeof message === 'string' && message !== ''
        ? message
        : typeof code === 'string'
          ? code
          : typeof at === 'string'
            ? at
            : ''
    if (text && !parts.some((part) => part.includes(text))) parts.push(text)
    at = sourceError ?? cause
  }
  const text = redact(parts.join(': ') || 'no message')
    .replace(SDK_HINT, 'the answer was not understood')
    .replace(/\s+/g, ' ')
    .trim()
  return text.length > 400 ? `${text.slice(0, 397)}...` : text
}
