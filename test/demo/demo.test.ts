import { expect, test, vi } from 'vitest'
import { neonDemo } from './demo-neon.ts'

test('the story is the same on any machine: what is seen, who is ended, and what is told', async () => {
  const said: string[] = []
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  await neonDemo().finally(() => stdout.mockRestore())
  const text = said.join('')
  const story = text
    .slice(0, text.indexOf('What came of it'))
    .split('\n')
    .flatMap((line) => /^(?: {2}(?:ok|warning|critical)|Run \d|.*\+-- ).*/.exec(line)?.[0].trim() ?? [])
    .map((line) => line.replace(/^(Run \d).*/, '$1').replace(/^\+-- (.*?) -+$/, '$1'))
  const ok = (used: number) => `ok: ${used} of 93 connections`
  const stale = (sessions: number) => `warning: connections.stale: 10 of ${sessions} stale sessions ended`
  const saturation = (severity: string, share: string) => `${severity}: connections.saturation: ${share}`
  expect(story).toEqual([
    ...['Run 1', ok(27)],
    ...['Run 2', ok(57)],
    ...['Run 3', saturation('warning', '75 of 93 connections (80%)'), stale(48)],
    'e-mail to oncall@example.com: [WARNING] orders: 10 of 48 stale sessions ended',
    ...['Run 4', saturation('critical', '87 of 93 connections (93%)'), stale(60)],
    'e-mail to oncall@example.com: [CRITICAL] orders: 87 of 93 connections (93%)',
    'SMS to +14155550100',
    ...['Run 5', saturation('warning', '77 of 93 connections (82%)'), stale(50)],
    ...['Run 6', stale(40)],
    ...['Run 7', ok(27)],
    ...['Run 8', ok(27)],
    'e-mail to oncall@example.com: [RESOLVED] orders: 27 of 93 connections (29%)',
    'SMS to +14155550100',
  ])
  expect(text).toMatch(/[1-9]\d* statements of shop and reports went through, 0 failed\./)
}, 180_000)
