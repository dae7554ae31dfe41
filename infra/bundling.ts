/** How a handler becomes the one file that Lambda loads. Said once, so that tests and bench build what CDK deploys. */
import { resolve } from 'node:path'
import type { BundlingOptions, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { BuildOptions } from 'esbuild'

/** The repository. Everything is resolved from here, wherever the program was started. */
export const ROOT = resolve(import.meta.dirname, '..')

/** Imported by the SDK only for operations with event streams, of which none is used here. */
export const UNREACHED = ['@smithy/core/event-streams']

/** What stands in for parts of the SDK that are never used in Lambda, a thirtieth of the bundle, and of Neo4j's driver. */
const STAND_INS = {
  '@aws-sdk/credential-provider-node': resolve(import.meta.dirname, 'stand-ins/credentials.ts'),
  '@aws-sdk/middleware-endpoint-discovery': resolve(import.meta.dirname, 'stand-ins/endpoint-discovery.ts'),
  rxjs: resolve(import.meta.dirname, 'stand-ins/rxjs.ts'),
  'rxjs/operators': resolve(import.meta.dirname, 'stand-ins/rxjs.ts'),
}
const alias = (config: string): Record<string, string> => ({ '#config': config, ...STAND_INS })

// The runtime imports every handler: an ES module loads in less than half the time of CDK's default, CommonJS.
// `module` before `main`, or packages that have both come in as CommonJS, some of them twice.
const MAIN_FIELDS = ['module', 'main']
const TARGET = 'node24'
// CommonJS packages inside an ES module still call `require`, which does not exist there.
const BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);"

/**
 * For `NodejsFunction`.
 * @param config absolute path of the file that `#config` stands for
 */
export function bundling(config: string): BundlingOptions {
  return {
    format: 'esm' as OutputFormat.ESM,
    minify: true,
    target: TARGET,
    mainFields: MAIN_FIELDS,
    banner: BANNER,
    // Bundled, the SDK loads faster than Lambda's own copy, and its version is the one that was tested.
    bundleAwsSDK: true,
    externalModules: UNREACHED,
    esbuildArgs: { '--alias': Object.entries(alias(config)).map(([name, path]) => `${name}=${path}`) },
  }
}

/** The same for esbuild itself: byte for byte what `cdk deploy` uploads. Paths count from the repository's root. */
export function esbuildOptions({ entry, config, outfile }: Record<'entry' | 'config' | 'outfile', string>) {
  return {
    absWorkingDir: ROOT,
    entryPoints: [resolve(ROOT, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    target: TARGET,
    mainFields: MAIN_FIELDS,
    banner: { js: BANNER },
    external: UNREACHED,
    alias: alias(resolve(ROOT, config)),
    logLevel: 'warning',
  } satisfies BuildOptions
}
