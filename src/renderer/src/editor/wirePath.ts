/** The line a wire draws on the canvas, and where its label sits. */
import { type Position, getBezierPath } from '@xyflow/svelte'
import { step } from '#engine/project/drawing.ts'

interface Ends {
  readonly sourceX: number
  readonly sourceY: number
  readonly sourcePosition: Position
  readonly targetX: number
  readonly targetY: number
  readonly targetPosition: Position
}

/** How far a wire that passes other cards swings out, above a row and beside a column. */
const swing = { row: 96, column: 176 }

/** A wire to the next card runs straight; one that skips cards of its own row or column goes around them. */
export function wirePath(ends: Ends): { path: string; x: number; y: number } {
  const { sourceX, sourceY, targetX, targetY, sourcePosition } = ends
  const [dx, dy] = [targetX - sourceX, targetY - sourceY]
  const isRow = sourcePosition === 'right' && Math.abs(dy) < step.y / 2 && dx > step.x
  const isColumn = sourcePosition === 'bottom' && Math.abs(dx) < step.x / 2 && dy > step.y * 1.5
  if (!isRow && !isColumn) {
    const [path, x, y] = getBezierPath(ends)
    return { path, x, y }
  }
  const [outX, outY] = isRow ? [40, -swing.row] : [swing.column, 40]
  const inX = isRow ? -outX : outX
  const inY = isRow ? outY : -outY
  return {
    path: `M${sourceX},${sourceY} C${sourceX + outX},${sourceY + outY} ${targetX + inX},${targetY + inY} ${targetX},${targetY}`,
    x: (sourceX + targetX) / 2 + (isRow ? 0 : 0.75 * swing.column),
    y: (sourceY + targetY) / 2 - (isRow ? 0.75 * swing.row : 0),
  }
}
