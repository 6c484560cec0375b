/** Python of a PyTorch script that only some networks need: modules PyTorch lacks, or has in another form, and small functions. */
import { augmentationNeeds, augmentationPieces } from './augmentationPieces.ts'
import { noisePieces } from './noisePieces.ts'

/** By name; what one of them calls is put before it. */
const pieces = {
  ...noisePieces,
  ...augmentationPieces,
  channels_first: `def channels_first(x):
    """[batch, ..., channels] as PyTorch wants it, [batch, channels, ...]."""
    return x.movedim(-1, 1)`,
  channels_last: `def channels_last(x):
    """The way back: [batch, channels, ...] as [batch, ..., channels]."""
    return x.movedim(1, -1)`,
  squareplus: `def squareplus(x):
    return (x + torch.sqrt(x * x + 4)) / 2`,
  sparse_plus: `def sparse_plus(x):
    return F.relu(x - 1) + (torch.clamp(x, -1, 1) + 1) ** 2 / 4`,
  average_pool: `def average_pool(pool, x, pads):
    """Average over the places that are there; those outside do not count."""
    return pool(F.pad(x, pads)) / pool(F.pad(torch.ones_like(x), pads))`,
  BatchNormalization: `class BatchNormalization(nn.Module):
    """As in Keras: momentum is what is kept (1 - PyTorch's), and the moving variance is the biased one."""

    def __init__(self, size, axis, momentum, epsilon, scale, center, frozen):
        super().__init__()
        self.axis, self.momentum, self.epsilon, self.frozen = axis, momentum, epsilon, frozen
        self.gamma = nn.Parameter(torch.ones(size)) if scale else None
        self.beta = nn.Parameter(torch.zeros(size)) if center else None
        self.register_buffer("moving_mean", torch.zeros(size))
        self.register_buffer("moving_variance", torch.ones(size))

    def forward(self, x):
        x = x.movedim(self.axis, -1)
        if self.training and not self.frozen:
            axes = tuple(range(x.dim() - 1))
            mean, variance = x.mean(axes), x.var(axes, unbiased=False)
            with torch.no_grad():
                self.moving_mean.lerp_(mean, 1 - self.momentum)
                self.moving_variance.lerp_(variance, 1 - self.momentum)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        x = (x - mean) / torch.sqrt(variance + self.epsilon)
        x = x if self.gamma is None else x * self.gamma
        x = x if self.beta is None else x + self.beta
        return x.movedim(-1, self.axis)`,
  LayerNormalization: `class LayerNormalization(nn.Module):
    """Mean 0 and variance 1 over these axes of each row; rms leaves the mean alone."""

    def __init__(self, sizes, axes, epsilon, scale=True, center=True, rms=False):
        super().__init__()
        self.axes, self.epsilon, self.rms = axes, epsilon, rms
        self.scale = nn.Parameter(torch.ones(sizes)) if scale else None
        self.offset = nn.Parameter(torch.zeros(sizes)) if center else None

    def forward(self, x):
        shape = [x.shape[axis] if axis in self.axes else 1 for axis in range(x.dim())]
        x = x if self.rms else x - x.mean(self.axes, keepdim=True)
        x = x * torch.rsqrt((x * x).mean(self.axes, keepdim=True) + self.epsilon)
        x = x if self.scale is None else x * self.scale.reshape(shape)
        return x if self.offset is None else x + self.offset.reshape(shape)`,
  GroupNormalization: `class GroupNormalization(nn.Module):
    """Mean 0 and variance 1 over groups of channels of each row."""

    def __init__(self, groups, size, axis, epsilon, scale, center):
        super().__init__()
        self.groups, self.axis, self.epsilon = groups, axis, epsilon
        self.gamma = nn.Parameter(torch.ones(size)) if scale else None
        self.beta = nn.Parameter(torch.zeros(size)) if center else None

    def forward(self, x):
        x = F.group_norm(x.movedim(self.axis, 1).contiguous(), self.groups, self.gamma, self.beta, self.epsilon)
        return x.movedim(1, self.axis)`,
  PReLU: `class PReLU(nn.Module):
    """A trained slope below 0 for each number, or for each that does not share one."""

    def __init__(self, shape):
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        return F.relu(x) - self.alpha * F.relu(-x)`,
  SimpleRNNCell: `class SimpleRNNCell(nn.Module):
    """h <- activation(x kernel + bias + h recurrent_kernel)"""

    gates, biases, memories = 1, 1, 1

    def __init__(self, activation, recurrent_activation):
        super().__init__()
        self.activation = activation

    def step(self, x, recurrent, state, bias):
        return (self.activation(x + recurrent(state[0])),)`,
  LSTMCell: `class LSTMCell(nn.Module):
    """c <- f c + i n and h <- o activation(c), with i, f, n, o = x kernel + bias + h recurrent_kernel"""

    gates, biases, memories = 4, 1, 2

    def __init__(self, activation, recurrent_activation):
        super().__init__()
        self.activation, self.gate = activation, recurrent_activation

    def step(self, x, recurrent, state, bias):
        i, f, n, o = (x + recurrent(state[0])).chunk(4, -1)
        carry = self.gate(f) * state[1] + self.gate(i) * self.activation(n)
        return self.gate(o) * self.activation(carry), carry`,
  GRUCell: `class GRUCell(nn.Module):
    """h <- z h + (1 - z) n; the reset gate acts after the product with the recurrent kernel, or before it."""

    gates, memories = 3, 1

    def __init__(self, activation, recurrent_activation, reset_after):
        super().__init__()
        self.activation, self.gate, self.reset_after = activation, recurrent_activation, reset_after
        self.biases = 2 if reset_after else 1

    def step(self, x, recurrent, state, bias):
        (h,) = state
        x_z, x_r, x_n = x.chunk(3, -1)
        sums = recurrent(h) if bias is None else recurrent(h) + bias
        h_z, h_r, h_n = sums.chunk(3, -1)
        z, r = self.gate(x_z + h_z), self.gate(x_r + h_r)
        n = r * h_n if self.reset_after else recurrent(r * h).chunk(3, -1)[2]
        return (z * h + (1 - z) * self.activation(x_n + n),)`,
  Recurrent: `class Recurrent(nn.Module):
    """Runs a cell over the steps of a sequence; kernels as Keras has them, [features, gates * units]."""

    def __init__(self, cell, features, units, bias, sequences, backwards, dropout, recurrent_dropout):
        super().__init__()
        self.cell, self.units, self.sequences, self.backwards = cell, units, sequences, backwards
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        columns = cell.gates * units
        self.kernel = nn.Parameter(torch.zeros(features, columns))
        self.recurrent_kernel = nn.Parameter(torch.zeros(units, columns))
        shape = (columns,) if cell.biases == 1 else (2, columns)
        self.bias = nn.Parameter(torch.zeros(shape)) if bias else None

    def mask(self, x, rate):
        """What one sequence drops, the same at every step."""
        return F.dropout(torch.ones_like(x), rate, self.training)

    def forward(self, x):
        first, second = (None, None) if self.bias is None else (self.bias, None)
        if self.bias is not None and self.cell.biases == 2:
            first, second = self.bias
        if self.dropout:
            x = x * self.mask(x[:, :1], self.dropout)
        sums = x @ self.kernel if first is None else x @ self.kernel + first
        empty = x.new_zeros(len(x), self.units)
        dropped = self.mask(empty, self.recurrent_dropout)
        state = (empty,) * self.cell.memories
        steps = sums.unbind(1)
        outputs = []
        for step in reversed(steps) if self.backwards else steps:
            state = self.cell.step(step, lambda h: (h * dropped) @ self.recurrent_kernel, state, second)
            outputs.append(state[0])
        return torch.stack(outputs, 1) if self.sequences else outputs[-1]`,
  Bidirectional: `class Bidirectional(nn.Module):
    """A sequence read in both directions, and what comes out joined."""

    def __init__(self, forward_layer, backward_layer, merge):
        super().__init__()
        self.forward_layer, self.backward_layer, self.merge = forward_layer, backward_layer, merge

    def forward(self, x):
        a, b = self.forward_layer(x), self.backward_layer(x)
        b = b.flip(1) if self.backward_layer.sequences else b
        if self.merge == "concat":
            return torch.cat([a, b], -1)
        return {"sum": a + b, "ave": (a + b) / 2, "mul": a * b}[self.merge]`,
  attend: `def attend(scores, value, causal, dropout, training):
    """softmax(scores) value; if causal, no step sees a later one."""
    if causal:
        scores = scores + torch.full_like(scores, -1e9).triu(1)
    return F.dropout(torch.softmax(scores, -1), dropout, training) @ value`,
  MultiHeadAttention: `class MultiHeadAttention(nn.Module):
    """Kernels as Keras has them: [features, heads, size], and [heads, size, outputs] for what is put out."""

    def __init__(self, features, heads, key, value, outputs, bias, causal, dropout):
        super().__init__()
        self.key_size, self.causal, self.dropout = key, causal, dropout
        sizes = {"query": key, "key": key, "value": value}
        for (name, size), width in zip(sizes.items(), features):
            self.register_parameter(f"{name}_kernel", nn.Parameter(torch.zeros(width, heads, size)))
            self.register_parameter(f"{name}_bias", nn.Parameter(torch.zeros(heads, size)) if bias else None)
        self.output_kernel = nn.Parameter(torch.zeros(heads, value, *outputs))
        self.output_bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def project(self, name, x):
        y = torch.einsum("bsf,fhd->bhsd", x, getattr(self, f"{name}_kernel"))
        bias = getattr(self, f"{name}_bias")
        return y if bias is None else y + bias[:, None]

    def forward(self, query, value, key=None):
        q, v = self.project("query", query), self.project("value", value)
        k = self.project("key", value if key is None else key)
        scores = (q / self.key_size**0.5) @ k.transpose(-1, -2)
        y = attend(scores, v, self.causal, self.dropout, self.training)
        y = torch.tensordot(y.transpose(1, 2), self.output_kernel, 2)
        return y if self.output_bias is None else y + self.output_bias`,
  Attention: `class Attention(nn.Module):
    """Scores are products of query and key, or sums of tanh over what both add up to."""

    def __init__(self, use_scale, concatenates, causal, dropout):
        super().__init__()
        self.causal, self.dropout = causal, dropout
        self.scale = nn.Parameter(torch.ones(())) if use_scale else None
        self.concat_score_weight = nn.Parameter(torch.ones(())) if concatenates else None

    def forward(self, query, value, key=None):
        key = value if key is None else key
        scale = 1 if self.scale is None else self.scale
        if self.concat_score_weight is None:
            scores = query @ key.transpose(-1, -2) * scale
        else:
            pairs = query.unsqueeze(2) + key.unsqueeze(1)
            scores = self.concat_score_weight * torch.tanh(scale * pairs).sum(-1)
        return attend(scores, value, self.causal, self.dropout, self.training)`,
  AdditiveAttention: `class AdditiveAttention(nn.Module):
    """Scores are sums of tanh(query + key), each feature times a trained factor."""

    def __init__(self, features, use_scale, causal, dropout):
        super().__init__()
        self.causal, self.dropout = causal, dropout
        self.scale = nn.Parameter(torch.ones(features)) if use_scale else None

    def forward(self, query, value, key=None):
        key = value if key is None else key
        match = torch.tanh(query.unsqueeze(2) + key.unsqueeze(1))
        scores = (match if self.scale is None else match * self.scale).sum(-1)
        return attend(scores, value, self.causal, self.dropout, self.training)`,
} as const

export type PieceName = keyof typeof pieces

const needs: Partial<Record<PieceName, readonly PieceName[]>> = {
  ...augmentationNeeds,
  MultiHeadAttention: ['attend'],
  Attention: ['attend'],
  AdditiveAttention: ['attend'],
  TimeWarp: ['times_at'],
  SeriesCrop: ['times_at'],
}

/** The pieces a script needs, collected while it is written. */
export class Pieces {
  readonly #used = new Set<PieceName>()

  /** The name of a piece, which is defined from now on. */
  use(name: PieceName): string {
    for (const other of needs[name] ?? []) this.use(other)
    this.#used.add(name)
    return name
  }

  /** Marks the small functions that an expression calls. */
  mention(expression: string): string {
    for (const name of ['channels_first', 'channels_last', 'squareplus', 'sparse_plus', 'average_pool'] as const)
      if (expression.includes(`${name}(`)) this.use(name)
    return expression
  }

  /** The definitions, each after two empty lines, in the order in which they are kept here. */
  lines(): readonly string[] {
    return Object.entries(pieces).flatMap(([name, piece]) =>
      [...this.#used].some((used) => used === name) ? ['', '', ...piece.split('\n')] : [],
    )
  }
}
