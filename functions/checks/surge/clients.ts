/** Whose sessions are counted as load: whatever is neither Neon's nor ours. */
import { type Application, byApplication } from '../applications.ts'
import type { SeenReading } from '../reading.ts'

/** Most sessions first. */
export const applicationsOf = ({ groups }: Pick<SeenReading, 'groups'>): Application[] =>
  byApplication(
    groups.filter(
      ({ protection, application }) =>
        protection === null ||
        !['neon', 'superuser', 'neon-http-pool', ...(application === '' ? ['own-role'] : [])].includes(protection),
    ),
  )
