import { chmodSync } from 'node:fs'
import { startGuard } from './process.ts'
import { RUN_FOLDER, scratchFolder } from './run-folder.ts'

/** For vitest's `globalSetup`: a folder for what the tests of this run share, gone with it, however it ends. */
export default function setup(): () => Promise<void> {
  const folder = scratchFolder('nightshift-run-')
  const guard = startGuard(folder, ':')
  // PostgreSQL's user, who is not who runs the tests where that is root, passes through to its own folder.
  chmodSync(folder, 0o711)
  process.env[RUN_FOLDER] = folder
  return async () => {
    delete process.env[RUN_FOLDER]
    await guard.clean()
  }
}
