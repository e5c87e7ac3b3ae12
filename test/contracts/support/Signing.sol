// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Board, Member, MemberKind} from "../../../contracts/interfaces/IEntityProvider.sol";
import {EntityId} from "../../../contracts/types/Ids.sol";
import {vm} from "./Vm.sol";

/// @title Signing
/// @notice Boards of test keys and every form of signature, as an entity would make them.
/// @dev Encodes with the compiler's own `abi.encode` and `abi.encodePacked`, not with the code under test.
library Signing {
    /// @notice `count` keys in ascending order of their addresses, the order of seats on a board.
    function keys(uint256 seed, uint256 count) internal pure returns (uint256[] memory sorted) {
        sorted = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            uint256 key = (uint256(keccak256(abi.encode(seed, i))) >> 8) | 1;
            uint256 place = i;
            for (; place > 0 && vm.addr(sorted[place - 1]) > vm.addr(key); --place) {
                sorted[place] = sorted[place - 1];
            }
            sorted[place] = key;
        }
    }

    /// @notice A board of the addresses of `sorted`, all of weight 1.
    function board(
        uint256[] memory sorted,
        uint64 threshold
    ) internal pure returns (Board memory made) {
        made.threshold = threshold;
        made.members = new Member[](sorted.length);
        for (uint256 i; i < sorted.length; ++i) made.members[i] = seat(vm.addr(sorted[i]), 1);
    }

    function seat(address member, uint64 weight) internal pure returns (Member memory) {
        return Member(MemberKind.Address, bytes32(uint256(uint160(member))), weight);
    }

    /// @notice The id of the lazy entity with this board.
    function lazyId(Board memory made) internal pure returns (EntityId) {
        return EntityId.wrap(boardHash(made));
    }

    function boardHash(Board memory made) internal pure returns (bytes32) {
        return keccak256(abi.encode(uint8(1), made));
    }

    /// @notice `r ‖ s ‖ v`.
    function ecdsa(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice The other signature that is mathematically as good: `r ‖ n − s ‖ v ^ 1`.
    function malleated(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        return abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }

    /// @notice The signatures over `digest` of the keys whose bit is set, in their order.
    function ecdsaOf(
        uint256[] memory sorted,
        uint256 bitmap,
        bytes32 digest
    ) internal pure returns (bytes[] memory signatures) {
        bytes[] memory all = new bytes[](sorted.length);
        uint256 count;
        for (uint256 i; i < sorted.length; ++i) {
            if ((bitmap >> i) & 1 == 1) all[count++] = ecdsa(sorted[i], digest);
        }
        signatures = new bytes[](count);
        for (uint256 i; i < count; ++i) signatures[i] = all[i];
    }

    /// @notice Form 0x01 with given slots, each behind the member of the next bit; what is left over at the
    /// end.
    function boardForm(
        Board memory made,
        uint256 bitmap,
        bytes[] memory slots
    ) internal pure returns (bytes memory form) {
        uint8 count = uint8(made.members.length);
        form = abi.encodePacked(bytes1(0x01), made.threshold, count, uint32(bitmap));
        uint256 used;
        for (uint256 i; i < count; ++i) {
            form = bytes.concat(form, seatForm(made.members[i]));
            if ((bitmap >> i) & 1 == 0 || used == slots.length) continue;
            form = bytes.concat(form, slotForm(made.members[i].kind, slots[used++]));
        }
        for (; used < slots.length; ++used) form = bytes.concat(form, slots[used]);
    }

    function seatForm(Member memory member) internal pure returns (bytes memory) {
        bool isWide = member.kind == MemberKind.Entity || member.kind == MemberKind.BlsKey;
        bytes memory id =
            isWide ? abi.encodePacked(member.id) : abi.encodePacked(uint160(uint256(member.id)));
        return abi.encodePacked(uint8(member.kind), member.weight, id);
    }

    function slotForm(MemberKind kind, bytes memory slot) internal pure returns (bytes memory) {
        bool isFixed = kind == MemberKind.Address || kind == MemberKind.BlsKey;
        return isFixed ? slot : abi.encodePacked(uint16(slot.length), slot);
    }

    /// @notice Form 0x04 around a given inner signature.
    function rootForm(
        bytes32 root,
        bool unanimous,
        uint256 index,
        bytes32[] memory path,
        bytes memory inner
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(bytes1(0x04), abi.encode(root, unanimous, index, path, inner));
    }

    /// @notice What the members of a board sign for their entity.
    function entityDigest(
        bytes32 separator,
        EntityId entity,
        bytes32 digest
    ) internal pure returns (bytes32) {
        bytes32 typehash = keccak256("EntitySignature(bytes32 entityId,bytes32 digest)");
        return _typed(separator, keccak256(abi.encode(typehash, entity, digest)));
    }

    /// @notice What an entity signs for many digests at once.
    function rootDigest(
        bytes32 separator,
        EntityId entity,
        bytes32 root,
        bool unanimous
    ) internal pure returns (bytes32) {
        bytes32 typehash = keccak256("SignedRoot(bytes32 entityId,bytes32 root,bool unanimous)");
        return _typed(separator, keccak256(abi.encode(typehash, entity, root, unanimous)));
    }

    function leaf(bytes32 digest) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x00), digest));
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x01), left, right));
    }

    /// @notice The root that `path` leads to, by the recursive definition.
    function climb(
        bytes32 digest,
        uint256 index,
        bytes32[] memory path
    ) internal pure returns (bytes32 root) {
        root = leaf(digest);
        for (uint256 i; i < path.length; ++i) {
            root = (index / 2 ** i) % 2 == 1 ? node(path[i], root) : node(root, path[i]);
        }
    }

    function _typed(bytes32 separator, bytes32 structHash) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes2(0x1901), separator, structHash));
    }
}
