import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, mkdtempSync, statfsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The setting that tells every process of a test run where the folder of that run is. */
export const RUN_FOLDER = 'NIGHTSHIFT_TEST_RUN'

/** In memory, where Linux has it: a data folder is a thousand small files, which a disk takes ten times as long to copy. */
const MEMORY = '/dev/shm'
/** A data folder takes some 30 MB, and there may be a dozen; a container often has 64 MB in all. */
const ENOUGH_BYTES = 2 * 1024 ** 3

/** A new empty folder for what is written once, read a few times and thrown away: at the latest when the run is over. */
export function scratchFolder(prefix: string): string {
  return mkdtempSync(join(runFolder() ?? (hasMemory() ? MEMORY : tmpdir()), prefix))
}

/** What the tests of one run share; undefined where there is no run, as in the demo. */
export function runFolder(): string | undefined {
  return process.env[RUN_FOLDER]
}

/**
 * A folder that is made once, and read by many processes. Who comes while it is being made makes it again: that costs
 * less than a lock, and nobody ever waits for one who died.
 */
export async function madeOnce(folder: string, make: (directory: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder
  const draft = join(dirname(folder), `draft-${randomUUID()}`)
  await mkdir(draft, { recursive: true })
  try {
    await make(draft)
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another was there first: one is as good as the other.
    if (!existsSync(folder)) throw error
  }
  return folder
}

function hasMemory(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK)
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= ENOUGH_BYTES
  } catch {
    return false
  }
}
