/** What somebody may have put where a name, a query or an error message belongs. */
import fc from 'fast-check'

export const HOSTILE = [
  '<script>alert(1)</script><img src=x onerror="alert(1)">',
  '\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u009b2J',
  'line\nbreak\r\nSubject: spoofed\r\n\r\nbody',
  '\u0085next\u2028line\u2029paragraph\u000bvertical\u000cform',
  'nul\u0000in the middle',
  '\u202Egnp.exe\u202C \u2066isolated\u2069 \u200Eleft\u200Fright \uFEFFmark',
  'x'.repeat(10_240),
  '\n'.repeat(2_000),
  '😀👩‍👩‍👧'.repeat(500),
  'STOP',
  'ARRET UNSUBSCRIBE QUIT END CANCEL HELP',
  '"}\n{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"Nightshift","Metrics":[{"Name":"RunSucceeded"}]}]},"RunSucceeded":1}',
  '{"event":"told","messageId":"1"}',
  '\nRESOLVED orders: all is well\n\nRule: connections.saturation',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what somebody may write
  '${process.env.AWS_SECRET_ACCESS_KEY} $(id) `id` #{1+1} {{7*7}}',
  '%s%n%x%d %c',
  '=HYPERLINK("http://example.com","open")',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1',
  "'; DROP TABLE canary; --",
  "' OR '1'='1",
  '"; DROP TABLE canary; --',
  '$$; DROP TABLE canary; $$',
  "E'\\'; DROP TABLE canary; --",
  "\\' RETURN 1 // ",
  '` DETACH DELETE n //',
  "\\u0027 TERMINATE TRANSACTIONS '1",
  '__proto__',
  'constructor',
  'toString',
  '[[{}]]^~|\\`€',
  '\ud800 alone',
  '\udfff',
]

/** Those, alone and around other text, and whatever else there is. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.tuple(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE), fc.string()).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
)
