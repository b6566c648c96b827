internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// The options that say what is computed.
struct ProblemOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "What computes attention.")
  var algorithm = CommaList(Algorithm.standard, .flash1, .flash2)

  @Option(parsing: .unconditional, help: "Directions.")
  var pass = CommaList(Pass.forward)

  @Option(
    parsing: .unconditional,
    help: """
      Chunks of keys that split-kv works on in parallel, at most. (default: as many as \
      Flash-decoding takes)
      """)
  var splits: CommaList<Int>?

  @Flag(help: "Let no query see a key after its own, whatever --mask says.")
  var causal = false

  @Option(
    parsing: .unconditional,
    help: """
      Which keys a query sees: causal, causal-bottom-right, window:LEFT,RIGHT (* for no limit), \
      sinks:COUNT, padding:LENGTHS (one a sequence of the batch), packed:LENGTHS or none; \
      causal+window:128,0 joins rules. (default: none)
      """)
  var mask: MaskList?

  @Option(
    parsing: .unconditional,
    help: """
      Which blocks are computed, Algorithm 5: butterfly, local:WIDTH, bigbird:WIDTH,GLOBAL,RANDOM \
      and others, see flashsim pattern; file:PATH, a bool tensor with an element a block, in a \
      .npy, .npz or .safetensors file whose path has no comma. (default: full)
      """)
  var pattern: PatternList?

  @Option(
    parsing: .unconditional, help: "Probability of dropping a weight, from --seed. (default: 0)")
  var dropout: CommaList<Double>?

  @Option(parsing: .unconditional, help: "Soft cap c of scores: s ← c·tanh(s/c). (default: none)")
  var softcap: CommaList<Float>?

  @Flag(help: "Bias scores by distance, with the slopes of the ALiBi paper.")
  var alibi = false

  @OptionGroup var sizes: SizeOptions

  @Option(parsing: .unconditional, help: "Softmax scale. (default: 1/√head-dim)")
  var scale: CommaList<Float>?

  @Option(
    parsing: .unconditional,
    help: "How matrices lie in HBM: f32, f16 or bf16. (default: the file's, or f32)")
  var dtype: CommaList<ElementType>?

  @Option(
    parsing: .unconditional,
    help: """
      How O of flash1, and dQ of flash1 and flash2, lie in HBM while they are added up: as --dtype \
      says, or f32.
      """)
  var accumulator = CommaList(Accumulator.same)

  @Option(
    parsing: .unconditional,
    help: "Seed of generated data, which are standard normal, and of dropout.")
  var seed = CommaList<UInt64>(0)

  func validate() throws {
    try algorithm.check("--algorithm")
    try pass.check("--pass")
    try splits?.check("--splits")
    try scale?.check("--scale")
    try dtype?.check("--dtype")
    try accumulator.check("--accumulator")
    try seed.check("--seed")
  }

  /// - Throws: `ValidationError` where sizes contradict each other or the file.
  func validate(readsFile: Bool) throws {
    try sizes.validate(readsFile: readsFile)
    if let count = splits?.values.first(where: { $0 <= 0 }) {
      throw ValidationError("Please give --splits 1 or more, not \(count).")
    }
    if splits != nil && !algorithm.values.contains(.splitKV) {
      throw ValidationError("Please give --splits with --algorithm split-kv: no other splits keys.")
    }
    try mask?.check("--mask")
    try pattern?.check("--pattern")
    try dropout?.check("--dropout")
    try softcap?.check("--softcap")
    if let probability = dropout?.values.first(where: { !(0..<1).contains($0) }) {
      throw ValidationError("Please give --dropout in [0, 1), not \(probability).")
    }
    if let cap = softcap?.values.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw ValidationError("Please give --softcap a positive number, not \(cap).")
    }
    if let scale = scale?.values.first(where: { !$0.isFinite }) {
      throw ValidationError("Please give a finite --scale, not \(scale).")
    }
  }

  /// Adds what was given to the cross product.
  func vary(_ product: inout CrossProduct) {
    product.vary("--algorithm", algorithm) { $0.algorithm = $1 }
    product.vary("--pass", pass) { $0.pass = $1 }
    product.vary("--splits", splits) { $0.splits = $1 }
    product.vary("--mask", mask?.values) { $0.mask = $1 }
    product.vary("--pattern", pattern?.values) { $0.patternName = $1 }
    if causal { product.vary("--causal", [true]) { $0.isCausal = $1 } }
    product.vary("--dropout", dropout) { $0.dropout = $1 }
    product.vary("--softcap", softcap) { $0.softcap = $1 }
    if alibi { product.vary("--alibi", [true]) { $0.usesALiBi = $1 } }
    sizes.vary(&product)
    product.vary("--scale", scale) { $0.scale = $1 }
    product.vary("--dtype", dtype) { $0.type = $1 }
    product.vary("--accumulator", accumulator) { $0.accumulator = $1 }
    product.vary("--seed", seed) { $0.seed = $1 }
  }
}
