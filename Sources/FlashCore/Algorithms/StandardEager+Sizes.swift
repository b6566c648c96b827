internal import HBMSim

/// Standard attention as frameworks run it eagerly: a kernel an operation, which reads each of its
/// operands once and writes its result once.
///
/// A program of a product holds the matrix of a head of keys whole and streams the others past it, so
/// that what moves does not depend on the blocks. Operations change S, dP and dS in place.
enum StandardEager: AttentionAlgorithm {
  static var recomputesScores: Bool { false }

  static var savesRandomState: Bool { false }

  static func costlySide(_ pass: Pass) -> Blocks.Side { .rows }

  static func launches(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    kernels(blocks, request).count
  }

  static func budgets(_ blocks: Blocks, _ request: AttentionRequest) -> [SRAMBudget] {
    kernels(blocks, request).map(\.budget)
  }

  static func closedForm(
    _ blocks: Blocks, _ request: AttentionRequest, live: LiveBlocks
  ) -> Ledger {
    var ledger = Ledger()
    for kernel in kernels(blocks, request) {
      for move in kernel.moves {
        ledger.add(move.traffic, phase: kernel.phase, tensor: move.tensor)
      }
    }
    return ledger
  }

  /// S is saved for the slope of a soft cap alone, where the capped scores are in its place; a mask that
  /// the host makes of rules is an input like one that was given.
  static func hbmFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> HBMFootprint {
    var footprint = HBMFootprint()
    let (shape, options) = (request.shape, request.options)
    let savesScores = options.softcap != nil && !request.keepsCappedScores
    footprint.addRows("K_scaled", ofKeys: request, columns: shape.headDim, as: .saved)
    footprint.addScores("S", for: request, as: savesScores ? .saved : .temporary)
    footprint.addScores("P", for: request, as: .saved)
    if request.keepsCappedScores { footprint.addScores("S_capped", for: request, as: .saved) }
    if options.dropout != nil {
      footprint.addScores("P_dropped", for: request, as: .saved)
      footprint.addRows("Z", ofQueries: request, columns: shape.keys, as: .saved, type: .bool)
    }
    footprint.addOutput(for: request)
    if !options.leavesAll, let mask = options.byteMask(for: shape) {
      footprint.add(
        TensorAllocation(name: "mask", elementType: .bool, elements: mask.elementCount), as: .input)
    }
    if request.pass.hasBackward {
      footprint.addScores("dP", "dS", for: request, as: .temporary)
      footprint.addRows("dK_scaled", ofKeys: request, columns: shape.headDim, as: .temporary)
      footprint.addGradients(for: request)
    }
    return footprint
  }

  /// Rows of S that the softmax takes at a time, whole: as many of B_r as fit with m and ℓ, but one at
  /// least. S becomes P in its place, and so is f32.
  static func softmaxRows(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    rows(blocks, request, bytesPerRow: 4 * (request.shape.keys + 2))
  }

  /// Rows of P, as in HBM, and dP, which becomes dS in its place: as many of B_r as fit with D, but one
  /// at least.
  static func softmaxGradientRows(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    rows(blocks, request, bytesPerRow: (request.elementSize + 4) * request.shape.keys + 4)
  }

  private static func rows(_ blocks: Blocks, _ request: AttentionRequest, bytesPerRow: Int) -> Int {
    guard let M = request.sram.byteCount else { return blocks.rows }
    return max(1, min(blocks.rows, M / bytesPerRow))
  }

  /// The kernels of a pass, in the order of their launches.
  static func kernels(_ blocks: Blocks, _ request: AttentionRequest) -> [EagerKernel] {
    (request.pass.countsForward ? forwardKernels(blocks, request) : [])
      + (request.pass.hasBackward ? backwardKernels(blocks, request) : [])
  }

  private static func forwardKernels(
    _ blocks: Blocks, _ request: AttentionRequest
  ) -> [EagerKernel] {
    let (sizes, options, e) = (EagerSizes(request), request.options, request.elementSize)
    let (Br, Bc, keys) = (blocks.rows, blocks.columns, request.shape.keys)
    let (d, dv) = (request.shape.headDim, request.shape.valueDim)
    let r = softmaxRows(blocks, request)
    let read = { EagerMove($0, reads: $1, of: request.precision.elementType) }
    let write = { EagerMove($0, writes: $1, of: request.precision.elementType) }
    var kernels = [
      EagerKernel(
        .scale, [read("K", sizes.K), write("K_scaled", sizes.K)],
        ["K": 4 * Bc * d, "factors": 4 * Bc]),
      EagerKernel(
        .scores, [read("Q", sizes.Q), read("K_scaled", sizes.K), write("S", sizes.S)],
        ["Q": e * Br * d, "K_scaled": e * keys * d, "S": 4 * Br * Bc]),
    ]
    kernels += scoreKernels(blocks, request)
    kernels.append(
      EagerKernel(
        .softmax, [read("S", sizes.S), write("P", sizes.S)],
        ["S": 4 * r * keys, "vectors": 4 * 2 * r]))
    if options.dropout != nil {
      kernels.append(
        EagerKernel(
          .dropout,
          [
            read("P", sizes.S), write("P_dropped", sizes.S),
            EagerMove("Z", writes: sizes.S, of: .bool),
          ], ["P": 4 * Br * Bc, "Z": 4 * Br * Bc]))
    }
    kernels.append(
      EagerKernel(
        .output,
        [read(request.droppedName, sizes.S), read("V", sizes.V), write("O", sizes.O)],
        ["P": e * Br * Bc, "V": e * keys * dv, "O": 4 * Br * dv]))
    return kernels
  }

  /// What changes scores between their product and the softmax.
  private static func scoreKernels(
    _ blocks: Blocks, _ request: AttentionRequest
  ) -> [EagerKernel] {
    let (S, options, type) = (
      EagerSizes(request).S, request.options, request.precision.elementType
    )
    var operations: [(phase: Phase, tensor: ScoreTensor?)] = []
    if options.softcap != nil { operations.append((.softcap, nil)) }
    if options.slopes != nil { operations.append((.alibi, nil)) }
    if let bias = options.bias { operations.append((.bias, bias)) }
    if let mask = options.byteMask(for: request.shape) { operations.append((.mask, mask)) }
    var source = "S"
    return operations.map { phase, tensor in
      let result = phase == .softcap ? request.cappedName : "S"
      var moves = [EagerMove(source, reads: S, of: type), EagerMove(result, writes: S, of: type)]
      if let tensor {
        moves.append(
          EagerMove(phase.name, reads: tensor.elementCount, of: tensor.elementType))
      }
      source = result
      let block = blocks.rows * blocks.columns
      return EagerKernel(
        phase, moves, ["S": 4 * block, phase.name: (tensor?.elementType.size ?? 0) * block])
    }
  }

  private static func backwardKernels(
    _ blocks: Blocks, _ request: AttentionRequest
  ) -> [EagerKernel] {
    let (sizes, options, e) = (EagerSizes(request), request.options, request.elementSize)
    let (Br, Bc, keys) = (blocks.rows, blocks.columns, request.shape.keys)
    let (d, dv) = (request.shape.headDim, request.shape.valueDim)
    let r = softmaxGradientRows(blocks, request)
    let read = { EagerMove($0, reads: $1, of: request.precision.elementType) }
    let write = { EagerMove($0, writes: $1, of: request.precision.elementType) }
    var kernels = [
      EagerKernel(
        .valueGradient,
        [read(request.droppedName, sizes.S), read("dO", sizes.O), write("dV", sizes.V)],
        ["P": e * Br * Bc, "dO": e * Br * dv, "dV": 4 * keys * dv]),
      EagerKernel(
        .probabilityGradient, [read("dO", sizes.O), read("V", sizes.V), write("dP", sizes.S)],
        ["dO": e * Br * dv, "V": e * keys * dv, "dP": 4 * Br * Bc]),
    ]
    if options.dropout != nil {
      kernels.append(
        EagerKernel(
          .dropoutBackward,
          [read("dP", sizes.S), EagerMove("Z", reads: sizes.S, of: .bool), write("dP", sizes.S)],
          ["dP": 4 * Br * Bc, "Z": Br * Bc]))
    }
    kernels.append(
      EagerKernel(
        .scoreGradient, [read("P", sizes.S), read("dP", sizes.S), write("dS", sizes.S)],
        ["P": e * r * keys, "dP": 4 * r * keys, "vectors": 4 * r]))
    if let mask = options.byteMask(for: request.shape) {
      kernels.append(
        EagerKernel(
          .maskBackward,
          [
            read("dS", sizes.S), EagerMove("mask", reads: mask.elementCount, of: .bool),
            write("dS", sizes.S),
          ], ["dS": 4 * Br * Bc, "mask": Br * Bc]))
    }
    if options.softcap != nil {
      kernels.append(
        EagerKernel(
          .softcapBackward,
          [read("dS", sizes.S), read(request.cappedName, sizes.S), write("dS", sizes.S)],
          ["dS": 4 * Br * Bc, "S": e * Br * Bc]))
    }
    return kernels + [
      EagerKernel(
        .queryGradient, [read("dS", sizes.S), read("K_scaled", sizes.K), write("dQ", sizes.Q)],
        ["dS": e * Br * Bc, "K_scaled": e * keys * d, "dQ": 4 * Br * d]),
      EagerKernel(
        .keyGradient, [read("dS", sizes.S), read("Q", sizes.Q), write("dK_scaled", sizes.K)],
        ["dS": e * Br * Bc, "Q": e * Br * d, "dK_scaled": 4 * keys * d]),
      EagerKernel(
        .scaleBackward, [read("dK_scaled", sizes.K), write("dK", sizes.K)],
        ["dK": 4 * Bc * d, "factors": 4 * Bc]),
    ]
  }
}
