internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// `flashsim run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run attention on the simulated machine and report what it moved.",
    discussion: """
      Options that take a value take a comma list as well. Lists give the cross product, one row \
      each; the option that is given first varies slowest.

      Examples:
        flashsim run --input Examples/minilm-layer0.safetensors
        flashsim run --tokens 1024,4096 --heads 16 --sram 100KB,192KiB --mode count
        flashsim run --algorithm flash1 --blocks 64x64,128x32 --format json
      """)

  @OptionGroup(title: "What runs") var problem: ProblemOptions
  @OptionGroup(title: "Where it runs") var machine: MachineOptions
  @OptionGroup(title: "Input and output") var files: FileOptions
  @OptionGroup(title: "Attention weights") var weights: WeightOptions

  func validate() throws {
    try problem.validate(readsFile: files.readsFile)
    try files.validate()
    let runs = configurations
    try weights.validate(for: runs, besides: files.output)
    if files.output != nil {
      if runs.contains(where: { $0.mode == .count }) {
        throw ValidationError("Please leave out --output in count mode: there is nothing to write.")
      }
      if Set(runs.map(\.algorithm)).count != runs.count {
        throw ValidationError(
          "Please give --output to one run an algorithm: these are \(runs.count) runs of "
            + "\(Set(runs.map(\.algorithm)).count) algorithms.")
      }
    }
  }

  func run() throws {
    try files.checkPlaces()
    try weights.checkPlaces()
    let configurations = try configurations.readingPatterns()
    let input = try files.readInput(
      needsGradient: configurations.contains { $0.pass.hasBackward })
    let results = [files.output, weights.probabilities].compactMap(\.self)
    if let path = results.first(where: { !$0.lowercased().hasSuffix(".safetensors") }),
      configurations.contains(where: {
        $0.precision(inputs: input?.elementType).elementType == .bf16
      })
    {
      throw RunError.noTypeInArchive(type: "bf16", path: path)
    }
    let runner = Runner(
      input: input, scoreInputs: try files.readScoreInputs(), checks: files.reference,
      keepsResults: !results.isEmpty)
    let report = try runner.run(configurations)
    let dropBatch = input?.hasBatch == false
    if let output = files.output { try report.writeTensors(to: output, dropBatch: dropBatch) }
    try weights.write(report, dropBatch: dropBatch)
    try files.report.publish(report.rendered(as:))
  }

  /// The runs that the options ask for.
  private var configurations: [RunConfiguration] {
    var product = CrossProduct()
    problem.vary(&product)
    machine.vary(&product)
    if let path = files.maskFile { product.vary("--mask-file", [path]) { $0.maskFile = $1 } }
    if let path = files.biasFile { product.vary("--bias-file", [path]) { $0.biasFile = $1 } }
    return product.points(arguments: CommandLine.arguments)
  }
}
