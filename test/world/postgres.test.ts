import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Postgres, startPostgres } from './postgres.ts'
import { connect } from './postgres-session.ts'

describe('the local PostgreSQL', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres({ maxConnections: 20, internalSessions: true })
  })
  afterAll(() => postgres?.stop())

  it("shows Neon's own sessions beside those of applications, each with its address", async () => {
    await using app = await postgres.session({ application: 'checkout', localAddress: '127.0.0.3' })
    const rows = await postgres.query(
      `SELECT usename, application_name, datname, client_addr FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> '' ORDER BY 1, 2`,
    )
    expect(rows.filter(({ usename, datname }) => usename === 'cloud_admin' && datname === 'postgres')).toHaveLength(6)
    expect(rows).toContainEqual({
      usename: 'neondb_owner',
      application_name: 'checkout',
      datname: 'neondb',
      client_addr: '127.0.0.3',
    })
    expect(app.pid).toBeGreaterThan(0)
  })

  it('lets the owner end sessions of applications and of neon_service, but none of a superuser', async () => {
    await postgres.createRole('shop')
    await using owner = await postgres.session()
    const app = await postgres.session({ user: 'shop' })
    const service = await postgres.session({ user: 'neon_service' })
    await using superuser = await postgres.session({ user: 'cloud_admin' })
    const terminate = (pid: number) => owner.query('SELECT pg_terminate_backend($1) AS ended', [pid])

    expect(await terminate(app.pid)).toEqual([{ ended: true }])
    expect(await app.ended).toMatchObject({ code: '57P01' })
    expect(await terminate(service.pid)).toEqual([{ ended: true }])
    expect(await service.ended).toMatchObject({ code: '57P01' })
    await expect(terminate(superuser.pid)).rejects.toMatchObject({ code: '42501' })
  })

  it('shows other sessions only to a role with pg_monitor', async () => {
    await postgres.createRole('blind')
    await postgres.createRole('monitor', { grants: ['pg_monitor'] })
    await using app = await postgres.session({ application: 'checkout' })
    const look = async (user: string) => {
      await using session = await postgres.session({ user })
      return await session.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [app.pid])
    }
    expect(await look('blind')).toEqual([{ state: null }])
    expect(await look('monitor')).toEqual([{ state: 'idle' }])
  })

  it('is gone, folder and all, when the process that started it is killed', async () => {
    const script = `
      import { startPostgres } from '${new URL('./postgres.ts', import.meta.url)}'
      const { host, port, directory, password } = await startPostgres()
      const user = 'neondb_owner'
      console.log(JSON.stringify({ directory, login: { host, port, user, password: password(user), database: 'neondb' } }))
      process.stdin.resume()`
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = await once(starter.stdout, 'data')
    const { directory, login } = JSON.parse(String(line))
    const client = await connect(login)
    const serverGone = new Promise((resolve) => client.once('end', resolve))
    expect(existsSync(directory)).toBe(true)

    starter.kill('SIGKILL')
    await serverGone
    await expect.poll(() => existsSync(directory), { timeout: 20_000 }).toBe(false)
  })
})
