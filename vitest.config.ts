import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A real PostgreSQL under a loaded two-core machine: generous, and never part of what is asserted.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // Most of it waits for servers: vitest's own choice, one worker on two cores, leaves a core idle.
    maxWorkers: 3,
  },
})
