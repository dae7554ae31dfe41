/** The values that must never leave the machine, in every form in which something else may quote them. */

/** Shorter ones would strike out ordinary words; whoever gives a secret gives a longer one (functions/secret.ts). */
const LEAST = 6

/** Forms by how they begin: however many are known, a text is read once. */
const known = new Map<string, string[]>()

/** Remembers a secret's value, so that it is struck out wherever it turns up, in any of the forms of `formsOf`. */
export function learnSecret(value: string): void {
  if (value.length < LEAST) return
  for (const form of formsOf(value)) {
    const start = form.slice(0, LEAST)
    const alike = known.get(start) ?? []
    if (!alike.includes(form)) known.set(start, [...alike, form])
  }
}

/** As it is, as URLs and forms encode it, in JSON and in JSON within JSON, in base64 of both alphabets, and in hex. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value)
  const uri = encodeURIComponent(value.toWellFormed())
  const strict = uri.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
  const form = new URLSearchParams({ '': value }).toString().slice(1)
  const lower = (text: string) => text.replace(/%../g, (code) => code.toLowerCase())
  const json = JSON.stringify(value).slice(1, -1)
  const base64 = [0, 1, 2].map((shift) => inBase64(bytes, shift))
  return [
    value,
    ...[uri, strict, form].flatMap((text) => [text, lower(text)]),
    json,
    JSON.stringify(json).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ].filter((form) => form.length >= LEAST)
}

/** What is sure to stand in the base64 of a longer text, where the secret begins so many bytes behind a multiple of three. */
function inBase64(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
  // A character at either end that holds bits of a neighbour, too, is not known.
  return text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
}

/** `text` without any secret that is known; of several that overlap nothing is left over. */
export function strikeKnown(text: string): string {
  let out = ''
  let copied = 0
  let struckTo = 0
  for (let at = 0; at + LEAST <= text.length; at++) {
    const forms = known.get(text.slice(at, at + LEAST)) ?? []
    const longest = Math.max(0, ...forms.filter((form) => text.startsWith(form, at)).map(({ length }) => length))
    if (longest === 0) continue
    if (at >= struckTo) out += `${text.slice(copied, at)}[redacted]`
    struckTo = Math.max(struckTo, at + longest)
    copied = struckTo
  }
  return out + text.slice(copied)
}
