/** The GSM 03.38 basic alphabet: one septet each. Note what is missing: the back quote, and every kind of typographic quote and dash. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
/** Its extension table: an escape and one more, so two septets each. */
const EXTENDED = '\f^{}\\[~]|€'

export interface SmsSize {
  encoding: 'GSM-7' | 'UCS-2'
  /** Messages that the phone's owner gets, and that are billed. */
  parts: number
}

/**
 * How many text messages SNS makes of a text: 160 GSM-7 characters or 70 UTF-16 units each; one character outside
 * GSM-7 makes all of it UCS-2. SNS cuts at word boundaries and sends the pieces as messages of their own
 * (https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html), so no room is lost to a joining header.
 */
export function measureSms(text: string): SmsSize {
  const gsm = [...text].every((character) => BASIC.includes(character) || EXTENDED.includes(character))
  const limit = gsm ? 160 : 70
  const unitsOf = (piece: string) =>
    gsm ? [...piece].reduce((sum, character) => sum + (EXTENDED.includes(character) ? 2 : 1), 0) : piece.length

  let parts = 1
  let used = 0
  for (const word of text.split(/(?<=\s)/)) {
    const units = unitsOf(word)
    // The blank after a word that ends exactly at the limit is dropped, not sent as a part of its own.
    if (used + unitsOf(word.trimEnd()) <= limit) {
      used += units
      continue
    }
    if (used > 0) parts += 1
    parts += Math.ceil(units / limit) - 1
    used = units % limit || limit
  }
  return { encoding: gsm ? 'GSM-7' : 'UCS-2', parts }
}
