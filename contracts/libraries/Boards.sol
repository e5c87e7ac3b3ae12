// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Board, Member, MemberKind} from "../interfaces/IEntityProvider.sol";

/// @title Boards
/// @notice Which listed boards can decide, and how they are named.
library Boards {
    uint256 internal constant MEMBERS_MAX = 32;

    /// @dev Stands in front of every board of this kind, so that no other kind can have the same hash.
    uint8 internal constant KIND_LISTED = 1;

    /// @notice The name of a board, and the id of the lazy entity that has it.
    function hash(Board calldata board) internal pure returns (bytes32) {
        return keccak256(abi.encode(KIND_LISTED, board));
    }

    /// @notice The same of a board of one address, with threshold and weight 1.
    /// @dev The words of `abi.encode(KIND_LISTED, board)`, written out: this is on every channel's path.
    function hashSole(address member) internal pure returns (bytes32 name) {
        // Uses the memory beyond what is allocated, and needs it no more once it is hashed.
        assembly ("memory-safe") {
            let free := mload(64)
            mstore(free, 1) // KIND_LISTED
            mstore(add(free, 32), 0x40) // where the board begins
            mstore(add(free, 64), 1) // threshold
            mstore(add(free, 96), 0x40) // where the members begin
            mstore(add(free, 128), 1) // how many
            mstore(add(free, 160), 0) // MemberKind.Address
            mstore(add(free, 192), shr(96, shl(96, member)))
            mstore(add(free, 224), 1) // weight
            name := keccak256(free, 256)
        }
    }

    /// @notice Whether the board can decide, and decides by more than nobody's vote.
    function isValid(Board calldata board) internal pure returns (bool) {
        uint256 count = board.members.length;
        if (count == 0 || count > MEMBERS_MAX) return false;

        uint256 total;
        uint256 previousId;
        for (uint256 i; i < count; ++i) {
            Member calldata member = board.members[i];
            uint256 id = uint256(member.id);
            if (!isSeat(uint256(member.kind), id, member.weight, previousId)) return false;
            total += member.weight;
            previousId = id;
        }
        return board.threshold != 0 && board.threshold <= total;
    }

    /// @notice Whether a member with these values may sit after the one with `previousId` (0 for the first).
    /// @dev Ascending ids make every member distinct, whatever their kinds: nobody sits both as an
    /// address and as the contract there. An id that no key can have is refused too: its weight would
    /// count in the total and could never be given.
    function isSeat(
        uint256 kind,
        uint256 id,
        uint256 weight,
        uint256 previousId
    ) internal pure returns (bool) {
        return
            id > previousId &&
            weight != 0 &&
            (isWide(kind) || id <= type(uint160).max) &&
            kind <= 3;
    }

    /// @notice Whether the ids of this kind fill the word: entities and keys, where others are addresses.
    function isWide(uint256 kind) internal pure returns (bool) {
        return kind == uint256(MemberKind.Entity) || kind == uint256(MemberKind.BlsKey);
    }
}
