import { defineConfig } from 'vitest/config'

/** The rules are pure: no clock, no network, no environment. Their tests cannot meet, so they need no process each. */
const PURE = 'test/functions/checks/**/*.test.ts'
/** These start a server, in a process of their own like all the others. */
const WITH_SERVERS = ['test/functions/checks/storage/advice.test.ts']

const patience = {
  // A real PostgreSQL under a loaded two-core machine: generous, and never part of what is asserted.
  testTimeout: 180_000,
  hookTimeout: 120_000,
}

export default defineConfig({
  test: {
    globalSetup: 'test/world/one-run.ts',
    // Most of it waits for servers: vitest's own choice, one worker on two cores, leaves a core idle.
    maxWorkers: 3,
    projects: [
      {
        test: {
          ...patience,
          name: 'world',
          include: ['test/**/*.test.ts'],
          exclude: [PURE],
        },
      },
      { test: { ...patience, name: 'servers', include: WITH_SERVERS } },
      // All of its thousand cases: `npm run test:faults`.
      {
        test: {
          ...patience,
          name: 'faults',
          include: ['test/faults/*.faults.ts'],
          env: { NIGHTSHIFT_FAULTS_ONE_IN: '4' },
        },
      },
      { test: { ...patience, name: 'pure', isolate: false, include: [PURE], exclude: WITH_SERVERS } },
    ],
  },
})
