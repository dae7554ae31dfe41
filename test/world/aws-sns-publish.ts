import { WireError } from './aws-protocols.ts'

/** The default of a topic's `MaximumMessageSize`: body, and names, types and values of all attributes, in UTF-8. */
const MAXIMUM_BYTES = 262_144

export interface Attribute {
  type: string
  value: string
}

export interface Publication {
  topicArn: string
  subject: string | undefined
  attributes: Record<string, Attribute>
  /** What a subscriber of this protocol gets. */
  textFor(protocol: string): string
}

/**
 * Reads the form of a `Publish` and refuses what the real service refuses, with its codes and sentences.
 * Rules: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html and
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html.
 */
export function readPublication(form: URLSearchParams): Publication {
  const topicArn = form.get('TopicArn') ?? form.get('TargetArn')
  const subject = form.get('Subject') ?? undefined
  const message = form.get('Message') ?? ''
  const attributes = readAttributes(form)

  if (subject !== undefined && !isSubject(subject)) throw invalid('Subject')
  if (message === '') throw invalid('Empty message')
  const bytes = Object.entries(attributes).flatMap(([name, { type, value }]) => [name, type, value])
  if (Buffer.byteLength(bytes.join('') + message) > MAXIMUM_BYTES) throw invalid('Message too long')
  if (!topicArn) throw invalid('TopicArn or TargetArn Reason: no value for required parameter')

  return { topicArn, subject, attributes, textFor: readTexts(message, form.get('MessageStructure')) }
}

/**
 * The API reference now says UTF-8; the rule that stood for years was ASCII beginning with a letter, digit or mark.
 * Which of the two a given Region enforces cannot be known from here, so the local one holds callers to the older.
 */
function isSubject(subject: string): boolean {
  return /^[!-~][ -~]*$/.test(subject) && subject.length < 100
}

function readTexts(message: string, structure: string | null): (protocol: string) => string {
  if (structure === null) return () => message
  if (structure !== 'json') throw invalid('MessageStructure')
  let texts: unknown
  try {
    texts = JSON.parse(message)
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse')
  }
  if (typeof texts !== 'object' || texts === null || Array.isArray(texts)) {
    throw invalid('Message Structure - JSON message body failed to parse')
  }
  const strings = new Map(Object.entries(texts).filter((entry) => typeof entry[1] === 'string'))
  const standard = strings.get('default')
  if (standard === undefined) throw invalid('Message Structure - No default entry in JSON message body')
  return (protocol) => strings.get(protocol) ?? standard
}

function readAttributes(form: URLSearchParams): Record<string, Attribute> {
  const attributes: Record<string, Attribute> = {}
  for (let index = 1; ; index += 1) {
    const entry = `MessageAttributes.entry.${index}.`
    const name = form.get(`${entry}Name`)
    if (name === null) return attributes
    checkName(name)
    if (name in attributes) throw invalidValue(`Message attribute name '${name}' already exists.`)
    const type = form.get(`${entry}Value.DataType`) ?? ''
    const field = type.startsWith('Binary') ? 'BinaryValue' : 'StringValue'
    const value = form.get(`${entry}Value.${field}`)
    checkValue(name, type, field, value)
    attributes[name] = { type, value: value as string }
  }
}

function checkName(name: string): void {
  if (name.length === 0 || name.length > 256) {
    throw invalidValue('Length of message attribute name must be less than 256 bytes.')
  }
  if (!/^[\w.-]+$/.test(name)) {
    throw invalidValue(
      `Invalid non-alphanumeric character was found in the message attribute name. ` +
        `Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    )
  }
  if (/^\.|\.$|\.\./.test(name)) {
    throw invalidValue(`Message attribute name '${name}' can not start or end with, or have successive, '.'.`)
  }
}

function checkValue(name: string, type: string, field: string, value: string | null): void {
  if (!/^(String|Number|Binary)(\..+)?$/.test(type)) {
    throw invalidValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    )
  }
  if (value === null)
    throw invalidValue(`The message attribute '${name}' with type '${type}' must use field '${field}'.`)
  if (value === '') {
    throw invalidValue(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    )
  }
  if (type.startsWith('Number') && !Number.isFinite(Number(value))) {
    throw invalidValue(`Can't cast the value of message attribute '${name}' to a number.`)
  }
}

function invalid(what: string): WireError {
  return new WireError(400, 'InvalidParameter', `Invalid parameter: ${what}`)
}

/** The SDK's `InvalidParameterValueException` has a name of its own on the wire. */
function invalidValue(message: string): WireError {
  return new WireError(400, 'ParameterValueInvalid', message)
}
