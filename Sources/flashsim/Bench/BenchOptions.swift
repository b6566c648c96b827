internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// The options that say what is measured.
struct BenchOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: """
      Sizes, instead of --tokens, --heads and --head-dim. (default: 512x16x64, 1024x16x64, \
      4096x4x64, 16384x1x64, 1024x12x128, 4096x4x128 and 512x12x32)
      """)
  var shapes: CommaList<BenchShape>?

  @Option(parsing: .unconditional, help: "N, rows of Q, K, V and O.")
  var tokens: CommaList<Int>?

  @Option(parsing: .unconditional, help: "Heads. (default: 1)")
  var heads: CommaList<Int>?

  @Option(parsing: .unconditional, help: "d, columns of Q, K, V and O. (default: 64)")
  var headDim: CommaList<Int>?

  @Option(parsing: .unconditional, help: "Whether queries see keys after their own.")
  var mask = CommaList(BenchMask.none, .causal)

  @Option(
    parsing: .unconditional,
    help: "Directions; backward alone goes on from O and LSE that are there.")
  var pass = CommaList(Pass.forward)

  @Option(parsing: .unconditional, help: "How matrices lie in HBM.")
  var dtype = CommaList(ElementType.f32)

  @Option(
    parsing: .unconditional,
    help: "Block sizes: fast (for a CPU), fit (largest that fit), paper or ROWSxCOLUMNS.")
  var blocks = CommaList(Tiling.fast)

  @Option(parsing: .unconditional, help: "Host threads. (default: all cores)")
  var threads: CommaList<Int>?

  @Option(
    parsing: .unconditional,
    help: "Rounds, in each of which all is measured once. (default: 15, or 5 with --quick)")
  var pairs: Int?

  @Flag(help: "Measure two sizes in few rounds, unless told otherwise.")
  var quick = false

  func validate() throws {
    try shapes?.check("--shapes")
    try mask.check("--mask")
    try pass.check("--pass")
    try dtype.check("--dtype")
    try blocks.check("--blocks")
    try threads?.check("--threads")
    for (option, list) in [("--tokens", tokens), ("--heads", heads), ("--head-dim", headDim)] {
      guard let list else { continue }
      try list.check(option)
      if shapes != nil {
        throw ValidationError("Please give either --shapes, or --tokens, --heads and --head-dim.")
      }
      if let size = list.values.first(where: { $0 <= 0 }) {
        throw ValidationError("Please give positive sizes: \(option) is \(size).")
      }
    }
    if tokens == nil && (heads != nil || headDim != nil) {
      throw ValidationError("Please give --tokens with --heads and --head-dim.")
    }
    if let count = threads?.values.first(where: { $0 <= 0 || $0 > 4096 }) {
      throw ValidationError("Please give --threads 1 to 4096, not \(count).")
    }
    if let pairs, !(1...100_000).contains(pairs) {
      throw ValidationError("Please give --pairs 1 to 100000, not \(pairs).")
    }
  }

  /// How often each subject is measured.
  var rounds: Int { pairs ?? (quick ? BenchNoise.leastRounds : 15) }

  /// The cases, the option that comes first among `arguments` varying slowest.
  func points(arguments: [String]) -> [BenchCase] {
    var grid = Grid(from: BenchCase())
    if tokens == nil {
      grid.vary("--shapes", shapes?.values ?? (quick ? BenchShape.quick : BenchShape.usual)) {
        $0.shape = $1
      }
    } else {
      grid.vary("--tokens", tokens) { $0.shape.tokens = $1 }
      grid.vary("--heads", heads?.values ?? [1]) { $0.shape.heads = $1 }
      grid.vary("--head-dim", headDim?.values ?? [64]) { $0.shape.headDim = $1 }
    }
    grid.vary("--mask", mask) { $0.mask = $1 }
    grid.vary("--pass", pass) { $0.pass = $1 }
    grid.vary("--dtype", dtype) { $0.type = $1 }
    grid.vary("--blocks", blocks) { $0.tiling = $1 }
    grid.vary("--threads", threads) { $0.threads = $1 }
    return grid.points(arguments: arguments)
  }
}
