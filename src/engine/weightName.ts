/** What the name of a weight says: `<layer>/<weight>`, or `<layer>/<weight>/<technique>.<name>` of one that a technique keeps. */

/** The layer a weight belongs to, by the weight's name; also for weights that a technique keeps for another. */
export function layerOf(weight: string): string {
  const parts = weight.split('/')
  return parts.slice(0, isTechniquesOwn(weight) ? -2 : -1).join('/')
}

/** Whether a weight is one that a technique keeps for another. */
export function isTechniquesOwn(weight: string): boolean {
  return weight.slice(weight.lastIndexOf('/') + 1).includes('.')
}

/** Whether a weight is a bias. */
export function isBias(weight: string): boolean {
  return /bias$/i.test(weight)
}
