/** Part 2: how much is uploaded to Lambda for the connections check. */
import { buildAll } from './builds.ts'
import { progress, ratio, type Section, table } from './report.ts'

/** Kilobytes as Lambda's console counts them. */
const KB = 1024

export async function measureBundle(): Promise<Section> {
  progress('bundle: building')
  await using builds = await buildAll()
  const { ours, byDefault } = builds
  const kb = (bytes: number) => (bytes / KB).toFixed(1)
  return {
    title: 'The bundle of functions/connections.ts',
    table: table(
      ['', 'KB', 'KB zipped', 'of CDK’s default'],
      builds.all
        .filter(({ handler }) => handler)
        .map(({ name, bytes, zipped }) => [name, kb(bytes), kb(zipped), ratio(zipped, byDefault.zipped)]),
    ),
    notes: [
      'zipped: the one file as a zip archive, deflate level 9. Where the SDK is Lambda’s own, it is not in the figure.',
    ],
    goals: [{ what: 'bundle, zipped', measured: ours.zipped / KB, atMost: 140, unit: ' KB' }],
  }
}
