import { defineConfig } from './functions/config.ts'

/** What to watch, whom to tell, which limits. The only file to edit; every setting is explained in the README. */
export default defineConfig({
  tell: {
    emails: ['oncall@example.com'],
    // phones: ['+14155550100'],
  },
  // Where your copy of docs/runbook.md can be read from a phone; alerts link to it.
  // runbook: 'https://...',
  targets: [
    {
      name: 'orders',
      neon: { project: 'cool-darkness-123456', role: 'neondb_owner' },
      note: 'Example target: put your own project here. A note is repeated in every alert; say who owns the database.',
    },
  ],
})
