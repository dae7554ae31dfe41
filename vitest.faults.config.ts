import { defineConfig } from 'vitest/config'

/** `npm run test:faults`: every outside call through every fault, some minutes of work. `npm test` has a share of it. */
export default defineConfig({
  test: {
    include: ['test/faults/*.faults.ts'],
    globalSetup: 'test/world/one-run.ts',
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
})
