// swift-tools-version: 6.2
import PackageDescription

// MARK: - Settings

/// What every target is compiled with.
let house: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

/// Programs are generic over axes. In the modules that use them, what they are made of is specialised
/// rather than looked up at run time: 2 to 4 % of an attention of 128 to 1024 tokens.
let specialised: [SwiftSetting] = [
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
]

/// No unsafe construct without the word `unsafe`; in FlashCore, none at all. The machine, the tiles'
/// kernels and the command's reader of inputs are unsafe by trade, and are not strict.
let strict: [SwiftSetting] = house + [.strictMemorySafety()]

/// The kernels are optimised in debug builds too: the tests would take minutes instead of seconds.
func kernelSettings(_ name: String?, clang: [String] = []) -> [SwiftSetting] {
  house + [.unsafeFlags(["-Ounchecked"] + clang.flatMap { ["-Xcc", $0] })]
    + (name.map { [.define($0)] } ?? [])
}

/// Checked builds poison fresh and freed memory.
let checked: [SwiftSetting] = [.define("CHECKED", .when(configuration: .debug))]

/// For tests that compare millions of numbers: optimised in debug builds too.
let optimised: [SwiftSetting] = house + [.unsafeFlags(["-O"])]

/// For Benchmarks/counting.py, which measures what counting costs: a machine that does not count.
let counting: [SwiftSetting] =
  Context.environment["FLASHSIM_UNCOUNTED"] == nil ? [] : [.define("UNCOUNTED")]

// MARK: - Kernel builds

/// One text, a target per instruction set; which one runs is decided by CPUID at run time.
var kernelBuilds: [Target] = [
  .target(
    name: "SIMDKernelsBaseline", dependencies: ["KernelInterface", "VectorShims"],
    swiftSettings: kernelSettings(nil))
]
#if arch(x86_64)
  kernelBuilds += [
    .target(
      name: "SIMDKernelsAVX2", dependencies: ["KernelInterface", "VectorShims"],
      swiftSettings: kernelSettings("SIMD_AVX2", clang: ["-mavx2", "-mfma", "-mf16c"])),
    .target(
      name: "SIMDKernelsAVX512", dependencies: ["KernelInterface", "VectorShims"],
      swiftSettings: kernelSettings(
        "SIMD_AVX512",
        clang: [
          "-mavx2", "-mfma", "-mf16c", "-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw",
          "-mprefer-vector-width=512",
        ])),
  ]
#endif

// MARK: - Package

let package = Package(
  name: "flashsim",
  platforms: [.macOS("26.0")],
  products: [
    .library(name: "HBMSim", targets: ["HBMSim"]),
    .library(name: "FlashCore", targets: ["FlashCore"]),
    .library(name: "NaiveAttention", targets: ["NaiveAttention"]),
    .library(name: "flashattention", type: .dynamic, targets: ["FlashC"]),
    .executable(name: "flashsim", targets: ["flashsim"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // MARK: Public API
    .target(
      name: "HBMSim", dependencies: ["SIMDKernels", "KernelInterface"],
      swiftSettings: house + checked + counting + specialised),

    .target(
      name: "FlashCore", dependencies: ["HBMSim", "TileKernels"], swiftSettings: strict),
    .target(name: "NaiveAttention", dependencies: ["COpenBLAS"], swiftSettings: strict),

    // MARK: C interface
    .target(name: "CFlashAttention"),
    .target(
      name: "FlashC", dependencies: ["CFlashAttention", "FlashCore", "HBMSim"],
      swiftSettings: house),

    // MARK: Command line
    .executableTarget(
      name: "flashsim",
      dependencies: [
        "FlashCore", "HBMSim", "KernelInterface", "NaiveAttention", "SIMDKernels", "TensorFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: house),
    .target(name: "TensorFiles", dependencies: ["CZlib"], swiftSettings: strict),

    // MARK: Implementation details
    .target(
      name: "TileKernels", dependencies: ["HBMSim", "KernelInterface"],
      swiftSettings: house + specialised),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CPUFeatures"),
    .target(name: "VectorShims"),
    .target(name: "KernelInterface", swiftSettings: house),
    .target(
      name: "SIMDKernels",
      dependencies: ["CPUFeatures", "KernelInterface"]
        + kernelBuilds.map { .byName(name: $0.name) },
      swiftSettings: house),

    // MARK: Tests
    .target(
      name: "TestSupport", dependencies: ["HBMSim"], path: "Tests/TestSupport",
      swiftSettings: optimised + checked),
    .testTarget(
      name: "FlashCoreTests", dependencies: ["FlashCore", "HBMSim", "TestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "NaiveAttentionTests", dependencies: ["NaiveAttention", "TestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "flashsimTests", dependencies: ["flashsim", "FlashCore", "SIMDKernels", "TensorFiles"],
      resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "TensorFilesTests", dependencies: ["TensorFiles"], resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "SIMDKernelsTests", dependencies: ["SIMDKernels", "KernelInterface", "TestSupport"],
      swiftSettings: optimised + checked),
    .testTarget(
      name: "HBMSimTests",
      dependencies: ["HBMSim", "SIMDKernels", "TileKernels", "TestSupport"],
      swiftSettings: house + checked),
    .testTarget(
      name: "TileKernelsTests",
      dependencies: ["TileKernels", "HBMSim", "SIMDKernels", "TestSupport"],
      swiftSettings: house + checked),
  ] + kernelBuilds,
  swiftLanguageModes: [.v6]
)
