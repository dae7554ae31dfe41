import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** A start of Neo4j where there is no Java, and of Docker only what `docker` says; gives the error. */
describe('a start of Neo4j without Java', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nightshift-docker-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function start(docker: string): Promise<{ name: string; message: string }> {
    await writeFile(join(folder, 'docker'), `#!/bin/sh\n${docker}\n`, { mode: 0o755 })
    const script = `
      import { startNeo4j } from '${new URL('./neo4j.ts', import.meta.url)}'
      await startNeo4j().catch(({ name, message }) => console.log(JSON.stringify({ name, message })))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, JAVA_HOME: '/nonexistent' },
    })
    return JSON.parse(stdout)
  }

  it('says what is missing where no Docker answers either', async () => {
    expect(await start('exit 1')).toEqual({
      name: 'Neo4jUnavailable',
      message:
        "Neo4j cannot run here: no Java was found ('/nonexistent/bin/java -version' fails), and no Docker answers. " +
        'Install Java 17 and Maven, or start Docker.',
    })
  })

  // No Docker answers where this was written: what is tested is what it would be asked for, and that a failure is told.
  it('asks Docker for the official image', async () => {
    const { message } = await start('[ "$1" = info ] || { echo "asked for $@"; exit 125; }')
    expect(message).toMatch(/^Neo4j did not start on port \d+\. It ended with 125\./)
    expect(message).toMatch(/asked for run --rm --name nightshift-neo4j-\w+ --publish 127\.0\.0\.1:\d+:7687 /)
    expect(message).toMatch(/ --env NEO4J_server_bolt_advertised__address=127\.0\.0\.1:\d+ .* neo4j:5\.26-community\n/)
    expect(message).toContain(' --env NEO4J_db_tx__log_preallocate=false ')
  })
})
