import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

/** What Lambda returns, and hands to an asynchronous invocation's failure destination, when a function fails. */
export interface RuntimeError {
  errorType: string
  errorMessage: string
  trace: string[]
}

export interface Work {
  requestId: string
  functionArn: string
  /** The payload as JSON. */
  event: string
  /** When the time limit strikes, in epoch milliseconds. */
  deadline: number
}

export type RuntimeMessage =
  | { kind: 'ready' }
  | { kind: 'result'; json: string }
  /** The handler threw; the process is as good as before. */
  | { kind: 'error'; error: RuntimeError }
  /** The function could not be loaded, or broke outside of the handler; the process ends. */
  | { kind: 'fatal'; error: RuntimeError }

/** The process ended, by itself or by force, without (or after) an answer. */
export interface Exit {
  kind: 'exit'
  code: number | null
  signal: NodeJS.Signals | null
}

export interface SandboxOptions {
  /** The program that `runtimeProgram` names. */
  runtime: string
  /** The function's own, the service's and nothing else. */
  env: Record<string, string>
  memoryMb: number
  onLine: (line: string) => void
}

// A test that ends the process instead of disposing must not leave functions behind.
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export type Sandbox = ReturnType<typeof openSandbox>

/** One execution environment: a Node process that has, or will have, loaded the function and does one thing at a time. */
export function openSandbox({ runtime, env, memoryMb, onLine }: SandboxOptions) {
  // As Lambda's bootstrap divides the memory.
  const young = Math.floor(memoryMb / 10)
  const limits = [
    `--max-semi-space-size=${Math.max(1, Math.floor(young / 2))}`,
    `--max-old-space-size=${memoryMb - young}`,
  ]
  const child = spawn(process.execPath, [...limits, runtime], {
    cwd: env.LAMBDA_TASK_ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  running.add(child)
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    running.delete(child)
    return { kind: 'exit', code, signal }
  })
  let lines: string[] = []
  const print = (line: string) => {
    lines.push(line)
    onLine(line)
  }
  const streams = [child.stdout, child.stderr].map((stream) => splitLines(stream as Readable, print))

  /** What the runtime says next, once everything printed before it has been read. */
  async function answer(): Promise<RuntimeMessage> {
    const said = once(child, 'message')
    await Promise.all(streams.map((stream) => stream.end()))
    return (await said)[0]
  }

  return {
    exited,
    /** Adds a line of the platform's to what the function printed. */
    print,
    /** What was printed since the last time this was asked. */
    takeLines(): string[] {
      const taken = lines
      lines = []
      return taken
    },
    /** Resolves when the function is loaded, has failed to load, or the process is gone. */
    ready: Promise.race([answer(), exited]),
    run(work: Work): Promise<RuntimeMessage | Exit> {
      const answered = Promise.race([answer(), exited])
      // To a process that is gone: then `exited` is the answer.
      child.send(work, () => {})
      return answered
    },
    /** SIGKILL; resolves when the process is gone and its last output read. */
    kill(): Promise<Exit> {
      child.kill('SIGKILL')
      return exited
    },
  }
}

/** Hands on each line that is not empty; `end` resolves at the mark that the runtime writes behind the last one. */
function splitLines(stream: Readable, onLine: (line: string) => void) {
  let rest = ''
  let ended = () => {}
  const take = (line: string) => {
    if (line === '\0end') ended()
    else if (line !== '') onLine(line)
  }
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(take)
  })
  stream.on('end', () => take(rest))
  return {
    end: () =>
      new Promise<void>((resolve) => {
        ended = resolve
      }),
  }
}
