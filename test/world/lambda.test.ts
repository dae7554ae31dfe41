import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { afterEach, expect, test } from 'vitest'
import { startAws } from './aws.ts'
import { bundleFor } from './bundle-for.ts'
import { bundle, type FunctionOptions, startFunction } from './lambda.ts'

let cleanup = new AsyncDisposableStack()
afterEach(async () => {
  await cleanup.disposeAsync()
  cleanup = new AsyncDisposableStack()
})

async function directoryWith(file: string, source: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'nightshift-lambda-'))
  cleanup.defer(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, file), source)
  return directory
}

/** A function with this source as its `index.mjs`. */
async function functionOf(source: string, options: Partial<FunctionOptions> = {}) {
  return cleanup.use(await startFunction({ directory: await directoryWith('index.mjs', source), ...options }))
}

test('returns what the handler returns', async () => {
  const fn = await functionOf('export const handler = async (event) => ({ got: event, at: new Date(0) })')
  const { ok, payload } = await fn.invoke({ targets: ['orders'] })
  expect(ok).toBe(true)
  expect(payload).toEqual({ got: { targets: ['orders'] }, at: '1970-01-01T00:00:00.000Z' })
})

test('an invocation without payload is the console test event, a handler without result returns null', async () => {
  const fn = await functionOf('export const handler = async (event) => { console.log(event) }')
  const { payload, logs } = await fn.invoke()
  expect(payload).toBe(null)
  expect(JSON.parse(logs[0] ?? '').message).toEqual({})
})

test('gives the context that Lambda gives', async () => {
  const fn = await functionOf(
    'export const handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() })',
    { name: 'connections', timeoutSeconds: 20, memoryMb: 512 },
  )
  const { payload, requestId } = await fn.invoke<{ left: number }>()
  expect(payload).toMatchObject({
    awsRequestId: requestId,
    functionName: 'connections',
    functionVersion: '$LATEST',
    memoryLimitInMB: '512',
    invokedFunctionArn: expect.stringMatching(/^arn:aws:lambda:.*:function:connections$/),
    logGroupName: '/aws/lambda/connections',
    logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
  })
  expect(payload?.left).toBeGreaterThan(10_000)
  expect(payload?.left).toBeLessThanOrEqual(20_000)
})

test('reports a thrown error with its type, message and trace, logs it, and stays warm', async () => {
  const fn = await functionOf(`
    let count = 0
    export const handler = async () => {
      count += 1
      if (count === 1) throw new RangeError('too many')
      return count
    }`)
  const failed = await fn.invoke()
  expect(failed).toMatchObject({ ok: false, error: { errorType: 'RangeError', errorMessage: 'too many' } })
  expect(failed.error?.trace[0]).toBe('RangeError: too many')
  expect(failed.logs.join('\n')).toContain('too many')
  expect((await fn.invoke()).payload).toBe(2)
  expect(fn.coldStarts).toBe(1)
})

test('ends a function that takes too long, and starts a new one for the next invocation', async () => {
  const fn = await functionOf(
    `export const handler = async ({ hang }) => {
      console.log('working')
      if (hang) await new Promise(() => setInterval(() => {}, 1000))
      return 'done'
    }`,
    { timeoutSeconds: 1 },
  )
  const { ok, error, logs, requestId } = await fn.invoke({ hang: true })
  expect(ok).toBe(false)
  expect(error).toMatchObject({
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after 1.00 seconds`,
  })
  expect(logs).toEqual([
    expect.stringContaining('working'),
    expect.stringContaining(`${requestId} Task timed out after 1.00 seconds`),
  ])
  expect((await fn.invoke({})).payload).toBe('done')
  expect(fn.coldStarts).toBe(2)
})

test('ends a function that never lets go of the processor', async () => {
  const fn = await functionOf('export const handler = async () => { for (;;); }', { timeoutSeconds: 1 })
  expect((await fn.invoke()).error?.errorType).toBe('Sandbox.Timedout')
})

test('can be killed while it works', async () => {
  const fn = await functionOf(`
    let count = 0
    export const handler = async ({ hang }) => {
      count += 1
      if (hang) {
        await fetch(hang, { method: 'POST', body: 'Action=Here' }).catch(() => {})
        await new Promise(() => setInterval(() => {}, 1000))
      }
      return count
    }`)
  const aws = cleanup.use(await startAws())
  expect((await fn.invoke({})).payload).toBe(1)

  const crash = new AbortController()
  const arrived = aws.nextRequest('sns')
  const killed = fn.invoke({ hang: aws.connect('sns').endpoint }, { kill: crash.signal })
  await arrived
  crash.abort()
  const { error, requestId } = await killed
  expect(error).toEqual({
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
    trace: [],
  })
  expect((await fn.invoke({})).payload).toBe(1)

  await fn.kill()
  expect((await fn.invoke({})).payload).toBe(1)
  expect(fn.coldStarts).toBe(3)
})

test('runs overlapping invocations in processes of their own', async () => {
  const fn = await functionOf(`
    let count = 0
    export const handler = async ({ url }) => {
      count += 1
      if (url) await fetch(url)
      return { pid: process.pid, count }
    }`)
  const aws = cleanup.use(await startAws())
  aws.fail('sns', 'hang', { times: 1 })
  const arrived = aws.nextRequest('sns')
  const crash = new AbortController()
  const slow = fn.invoke({ url: aws.connect('sns').endpoint }, { kill: crash.signal })
  await arrived
  expect((await fn.invoke({})).payload).toMatchObject({ count: 1 })
  expect((await fn.invoke({})).payload).toMatchObject({ count: 2 })
  expect(fn.coldStarts).toBe(2)
  crash.abort()
  expect((await slow).ok).toBe(false)
})

test.each([
  ['that throws', "throw new Error('no configuration')", { errorType: 'Error', errorMessage: 'no configuration' }],
  ['that does not parse', 'export const handler = ', { errorType: 'Runtime.UserCodeSyntaxError' }],
  [
    'with an import that is not there',
    "import 'no-such-package'",
    { errorMessage: expect.stringContaining('no-such-package') },
  ],
  ['without the handler', 'export const other = 1', { errorType: 'Runtime.HandlerNotFound' }],
])('reports a module %s at every invocation', async (_what, source, error) => {
  const fn = await functionOf(source)
  expect((await fn.invoke()).error).toMatchObject(error)
  expect((await fn.invoke()).error).toMatchObject(error)
  expect(fn.coldStarts).toBe(2)
})

test('reports a module that is not there', async () => {
  const fn = await functionOf('export const handler = async () => 1', { handler: 'main.handler' })
  expect((await fn.invoke()).error).toMatchObject({ errorType: 'Runtime.ImportModuleError' })
})

test('finds the handler that is named, in a CommonJS file too', async () => {
  const directory = await directoryWith('main.cjs', 'exports.run = async () => 1')
  const fn = cleanup.use(await startFunction({ directory, handler: 'main.run' }))
  expect((await fn.invoke()).payload).toBe(1)
})

test('fails the invocation when a promise is rejected that nobody waits for', async () => {
  const fn = await functionOf(`
    export const handler = async () => {
      Promise.reject(new Error('nobody waits'))
      await new Promise(() => setInterval(() => {}, 1000))
    }`)
  const { error } = await fn.invoke()
  expect(error).toMatchObject({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'nobody waits' })
})

test('reports a process that exits by itself', async () => {
  const fn = await functionOf('export const handler = async ({ code }) => process.exit(code)')
  expect((await fn.invoke({ code: 3 })).error?.errorMessage).toMatch(/Runtime exited with error: exit status 3$/)
  expect((await fn.invoke({ code: 0 })).error?.errorMessage).toMatch(/Runtime exited without providing a reason$/)
})

test('sees nothing of the environment that starts it', async () => {
  process.env.NIGHTSHIFT_CANARY = 'of the parent'
  cleanup.defer(() => void delete process.env.NIGHTSHIFT_CANARY)
  const fn = await functionOf('export const handler = async () => process.env', {
    env: { NIGHTSHIFT_TABLE: 'nightshift', AWS_REGION: 'eu-central-1' },
  })
  const { payload } = await fn.invoke<Record<string, string>>()
  expect(Object.keys(payload ?? {}).sort()).toEqual([
    'AWS_DEFAULT_REGION',
    'AWS_EXECUTION_ENV',
    'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
    'AWS_LAMBDA_FUNCTION_NAME',
    'AWS_LAMBDA_FUNCTION_VERSION',
    'AWS_LAMBDA_INITIALIZATION_TYPE',
    'AWS_LAMBDA_LOG_FORMAT',
    'AWS_LAMBDA_LOG_GROUP_NAME',
    'AWS_LAMBDA_LOG_STREAM_NAME',
    'AWS_REGION',
    'HOME',
    'LAMBDA_RUNTIME_DIR',
    'LAMBDA_TASK_ROOT',
    'LANG',
    'NIGHTSHIFT_TABLE',
    'PATH',
    'TZ',
    '_HANDLER',
  ])
})

test('captures all that is printed, by invocation and in total', async () => {
  const fn = await functionOf(`
    console.log('loading')
    export const handler = async ({ n }) => {
      console.warn('warned', n)
      process.stdout.write('half a line ' + n)
      console.error(new Error('seen', { cause: 'x' }))
      process.stderr.write('on the other stream ' + n + '\\n')
      process.stdout.write('x'.repeat(300_000) + '\\n' + n)
    }`)
  const first = await fn.invoke({ n: 1 })
  const second = await fn.invoke({ n: 2 })
  expect(JSON.parse(first.logs[0] ?? '')).toMatchObject({ level: 'INFO', message: 'loading' })
  expect(JSON.parse(first.logs[1] ?? '')).toMatchObject({
    level: 'WARN',
    message: 'warned 1',
    requestId: first.requestId,
  })
  expect(first.logs.join('\n')).toMatch(/half a line 1/)
  expect(first.logs).toContain('on the other stream 1')
  expect(first.logs).toContain('x'.repeat(300_000))
  expect(first.logs.at(-1)).toBe('1')
  expect(second.logs.join('\n')).not.toMatch(/loading|stream 1/)
  expect(second.logs).toContain('on the other stream 2')
  expect(fn.logs.length).toBe(first.logs.length + second.logs.length)
})

test('writes text logs with tabs when that is the log format', async () => {
  const fn = await functionOf("export const handler = async () => console.info('two\\nlines')", { logFormat: 'Text' })
  const { logs, requestId } = await fn.invoke()
  expect(logs).toEqual([expect.stringMatching(new RegExp(`^\\S+Z\t${requestId}\tINFO\ttwo\rlines$`))])
})

test('leaves no process behind', async () => {
  const fn = await functionOf('export const handler = async () => process.pid')
  const { payload } = await fn.invoke<number>()
  expect(() => process.kill(payload ?? 0, 0)).not.toThrow()
  await fn[Symbol.asyncDispose]()
  expect(() => process.kill(payload ?? 0, 0)).toThrow('ESRCH')
})

test('builds a function with its configuration, and runs it against the local AWS by nothing but the environment', async () => {
  const directory = await directoryWith('config.ts', "export default { greeting: 'from the bundle' as const }")
  const aws = cleanup.use(await startAws())
  aws.sns.subscribe({ protocol: 'email', endpoint: 'ops@example.com' })
  const built = await bundle({ entry: 'test/world/lambda-fixture.ts', config: join(directory, 'config.ts') })
  cleanup.use(built)
  const fn = cleanup.use(await startFunction({ directory: built.directory, env: aws.env }))
  const { payload, logs } = await fn.invoke<{ messageId: string }>()
  expect(logs).toEqual([])
  expect(await aws.sns.nextMail()).toMatchObject({
    text: '{"greeting":"from the bundle"}',
    messageId: payload?.messageId,
  })
  expect(built.bytes).toBeLessThan(400_000)
  await built[Symbol.asyncDispose]()
  await expect(access(built.directory)).rejects.toThrow('ENOENT')
})

test('a configuration put into a bundle that was built without one makes what the stack builds, but for short names', async () => {
  const config = {
    tell: { emails: ['a@example.com'], confirm: { looks: 1, of: 3 } },
    targets: [{ name: 'orders', neon: { project: 'cool-darkness-1', role: 'nightshift' }, note: `Ask "Ö'Hara".\n` }],
  }
  const file = join(await directoryWith('config.ts', `export default ${JSON.stringify(config)}`), 'config.ts')
  const entry = 'functions/snapshots.ts'
  const [put, built] = [cleanup.use(await bundleFor(entry, config)), cleanup.use(await bundle({ entry, config: file }))]
  const codeOf = async ({ directory }: { directory: string }) => {
    const code = await readFile(join(directory, 'index.mjs'), 'utf8')
    const { code: minified } = await transform(code, { minify: true, format: 'esm', target: 'node24' })
    // esbuild gives the shortest names to what is named most often, and a configuration's letters count.
    return minified.replace(/[\w$]{1,3}/g, '_')
  }
  expect((await codeOf(put)) === (await codeOf(built))).toBe(true)
})
