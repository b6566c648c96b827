// A machine is made with an instruction set: its users need no second import.
@_exported public import enum SIMDKernels.InstructionSet
