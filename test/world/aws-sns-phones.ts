import { xml } from './aws-protocols.ts'

/** What the account knows of SMS; a test changes it as it likes. */
export interface SmsAccount {
  /** Who has answered STOP: SNS takes what is for them and delivers nothing. */
  optedOut: Set<string>
  /** The numbers that get anything, and whether they have been verified; undefined: the account has left the sandbox. */
  sandbox: Map<string, 'Pending' | 'Verified'> | undefined
  /** USD, as text; undefined: never set. */
  monthlySpendLimit: string | undefined
}

export const newSmsAccount = (): SmsAccount => ({ optedOut: new Set(), sandbox: undefined, monthlySpendLimit: '50' })

/** Why the account delivers nothing to a phone, if it does not. */
export function silenceOf(phone: string, { optedOut, sandbox }: SmsAccount): 'opted out' | 'not verified' | undefined {
  if (optedOut.has(phone)) return 'opted out'
  return sandbox && sandbox.get(phone) !== 'Verified' ? 'not verified' : undefined
}

/** SNS's questions about SMS, each with what stands inside its `<...Result>`. */
export const phoneActions = (account: SmsAccount): Record<string, (form: URLSearchParams) => string> => ({
  CheckIfPhoneNumberIsOptedOut: (form) =>
    `<isOptedOut>${account.optedOut.has(String(form.get('phoneNumber')))}</isOptedOut>`,
  GetSMSSandboxAccountStatus: () => `<IsInSandbox>${account.sandbox !== undefined}</IsInSandbox>`,
  ListSMSSandboxPhoneNumbers: () => {
    const members = [...(account.sandbox ?? [])].map(
      ([phone, status]) => `<member><PhoneNumber>${xml(phone)}</PhoneNumber><Status>${status}</Status></member>`,
    )
    return `<PhoneNumbers>${members.join('')}</PhoneNumbers>`
  },
  GetSMSAttributes: () => {
    const { monthlySpendLimit: limit } = account
    const entry = `<entry><key>MonthlySpendLimit</key><value>${xml(limit ?? '')}</value></entry>`
    return `<attributes>${limit === undefined ? '' : entry}</attributes>`
  },
})
