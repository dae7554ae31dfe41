/** Part 2: how much is uploaded to Lambda for each check. */
import { buildAll } from './builds.ts'
import { progress, ratio, type Section, table } from './report.ts'

/** Kilobytes as Lambda's console counts them. */
const KB = 1024

export async function measureBundle(): Promise<Section> {
  progress('bundle: building')
  await using builds = await buildAll()
  const { ours, byDefault, aura } = builds
  const kb = (bytes: number) => (bytes / KB).toFixed(1)
  return {
    title: 'The bundle of functions/connections.ts, and that of functions/aura.ts',
    table: table(
      ['', 'KB', 'KB zipped', 'of CDK’s default'],
      builds.all
        .filter(({ handler }) => handler)
        .map((build) => [
          build.name,
          kb(build.bytes),
          kb(build.zipped),
          // CDK's default is of the connections function.
          build === aura ? '' : ratio(build.zipped, byDefault.zipped),
        ]),
    ),
    notes: [
      'zipped: the one file as a zip archive, deflate level 9. Where the SDK is Lambda’s own, it is not in the figure.',
      'The Aura function carries Neo4j’s driver, and is deployed only where an Aura instance is watched. It has no goal.',
    ],
    goals: [{ what: 'bundle, zipped', measured: ours.zipped / KB, atMost: 140, unit: ' KB' }],
  }
}
