internal import FlashCore
internal import NaiveAttention

extension ScoreRules {
  /// What a plan does beside softmax(τ·QKᵀ)V, row by row and in float64.
  init(_ plan: AttentionPlan, _ inputs: ScoreInputs) {
    let visibleKeys: Visibility = { batch, query in plan.visibleKeys(query: query, batch: batch) }
    let addBias: RowChange = { batch, head, query, scores in
      guard
        let bias = plan.bias(
          batch: batch, head: head, query: query, mask: inputs.mask?.tensor,
          bias: inputs.bias?.tensor)
      else { return }
      for key in scores.indices { scores[key] += bias[key] }
    }
    self.init(
      visibleKeys: plan.options.leavesAll ? nil : visibleKeys,
      softcap: plan.options.softcap.map { Double($0) }, bias: addBias,
      dropout: plan.options.dropout.map(Self.factors))
  }

  /// What turns a row of ones into the factors that a dropout leaves of its weights.
  private static func factors(of dropout: Dropout) -> RowChange {
    let scale = 1 / (1 - dropout.probability)
    return { batch, head, query, factors in
      let kept = dropout.mask(batch: batch, head: head, query: query, keys: factors.indices)
      for key in factors.indices { factors[key] = kept[key] ? scale : 0 }
    }
  }
}
