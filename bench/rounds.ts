/** Measures several things side by side: each round takes every one of them once, each time beginning with another. */
export async function interleave<T>(things: T[], rounds: number, measure: (thing: T) => Promise<void>): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < things.length; i += 1) await measure(things[(round + i) % things.length] as T)
  }
}
