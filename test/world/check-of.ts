/** A check as its handler makes one, for whoever runs it in this process. */
import type { Check, Watched } from '../../functions/run.ts'

export const checkOf = <Target extends Watched>(
  name: string,
  rules: { name: string }[],
  targets: Target[],
  checkTarget: Check<Target>['checkTarget'],
): Check<Watched> => ({ name, rules: rules.map((rule) => rule.name), targets, checkTarget }) as Check<Watched>
