/** Rules of the run in PyTorch: early stopping and plateaus, as small classes. */
import { filled, requireDefinition } from '../../definitions.ts'
import type { Setting } from '../../project/project.ts'
import type { ScriptPlan } from '../plan.ts'
import { boolean, text } from '../python.ts'
import { python } from './losses.ts'

const ruleSettings = ({ training }: ScriptPlan): readonly Setting[] =>
  training.regularizers.filter(({ kind }) => kind === 'earlyStopping' || kind === 'reduceOnPlateau')

/** The classes that the rules of a run need, each as its lines. */
export function ruleClasses(plan: ScriptPlan): readonly (readonly string[])[] {
  const kinds = ruleSettings(plan).map(({ kind }) => kind)
  if (kinds.length === 0) return []
  return [
    watchLines,
    ...(kinds.includes('earlyStopping') ? [earlyStopping] : []),
    ...(kinds.includes('reduceOnPlateau') ? [plateau] : []),
  ]
}

/** The rules of a run as expressions that make them. */
export const ruleExpressions = (plan: ScriptPlan): readonly string[] =>
  ruleSettings(plan).map((setting) => ruleExpression(plan, setting))

const watchLines: readonly string[] = [
  'class Watch:',
  '    """Remembers the best value of a number and how long it has not improved."""',
  '',
  '    def __init__(self, monitor, higher, least):',
  '        self.monitor, self.higher, self.least = monitor, higher, least',
  '        self.best, self.waited = None, 0',
  '',
  '    def beats(self, value, reference):',
  '        return value - self.least > reference if self.higher else value + self.least < reference',
  '',
  '    def improves(self, value):',
  '        improved = value == value and (self.best is None or self.beats(value, self.best))',
  '        if improved:',
  '            self.best = value',
  '        return improved',
]

const earlyStopping: readonly string[] = [
  'class EarlyStopping(Watch):',
  '    """Ends training once the watched number has stopped improving."""',
  '',
  '    def __init__(self, monitor, higher, least, patience, baseline, restore_best, start_from_epoch, smoothing):',
  '        super().__init__(monitor, higher, least)',
  '        self.patience, self.baseline, self.restore = patience, baseline, restore_best',
  '        self.first, self.kept = start_from_epoch, None',
  '        self.smoothing, self.mean = smoothing, None',
  '',
  '    def after_epoch(self, epoch, value, model, rate):',
  '        """Whether to stop, and the learning rate from now on."""',
  '        if epoch < self.first:',
  '            return False, rate',
  '        if self.smoothing > 0 and value - value == 0:',
  '            self.mean = value if self.mean is None else self.smoothing * self.mean + (1 - self.smoothing) * value',
  '            value = self.mean',
  '        self.waited += 1',
  '        if self.improves(value):',
  '            self.kept = copy.deepcopy(model.state_dict())',
  '            if self.baseline is None or self.beats(value, self.baseline):',
  '                self.waited = 0',
  '            return False, rate',
  '        return self.waited >= self.patience and epoch > 0, rate',
  '',
  '    def finish(self, model):',
  '        if self.restore and self.kept is not None:',
  '            model.load_state_dict(self.kept)',
]

const plateau: readonly string[] = [
  'class ReduceOnPlateau(Watch):',
  '    """Lowers the learning rate each time the watched number has stopped improving."""',
  '',
  '    def __init__(self, monitor, higher, least, factor, patience, cooldown, min_lr):',
  '        super().__init__(monitor, higher, least)',
  '        self.factor, self.patience, self.cooldown, self.min_lr = factor, patience, cooldown, min_lr',
  '        self.resting = 0',
  '',
  '    def after_epoch(self, epoch, value, model, rate):',
  '        if self.resting > 0:',
  '            self.resting, self.waited = self.resting - 1, 0',
  '        if self.improves(value):',
  '            self.waited = 0',
  '        elif self.resting == 0:',
  '            self.waited += 1',
  '            if self.waited >= self.patience and rate > self.min_lr:',
  '                rate = max(rate * self.factor, self.min_lr)',
  '                self.resting, self.waited = self.cooldown, 0',
  '        return False, rate',
  '',
  '    def finish(self, model):',
  '        pass',
]

function ruleExpression(plan: ScriptPlan, setting: Setting): string {
  const params = filled(requireDefinition('regularizer', setting.kind, setting.kind), setting)
  const monitor = String(params.monitor)
  const kind = monitor.split('/').at(-1) ?? 'loss'
  const metric = plan.outputs.flatMap(({ metrics }) => metrics).some((each) => each.kind === kind)
  const natural = metric && requireDefinition('metric', kind, kind).better === 'higher'
  const higher = params.mode === 'auto' ? natural : params.mode === 'max'
  const watch = [text(monitor), boolean(higher), python(params.minDelta ?? 0)]
  const given = (names: readonly string[]): readonly string[] => names.map((name) => python(params[name] ?? null))
  if (setting.kind === 'earlyStopping')
    return `EarlyStopping(${[...watch, ...given(['patience', 'baseline', 'restoreBest', 'startFromEpoch', 'smoothing'])].join(', ')})`
  return `ReduceOnPlateau(${[...watch, ...given(['factor', 'patience', 'cooldown', 'minLr'])].join(', ')})`
}
