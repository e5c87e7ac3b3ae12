// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityProvider} from "../../contracts/EntityProvider.sol";
import {Board, Member} from "../../contracts/interfaces/IEntityProvider.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice Which bytes count as the signature of an entity: the 65-byte form and the board's form.
contract EntityProviderSignatureTest {
    EntityProvider private provider = new EntityProvider();

    // ─── 65 bytes ───────────────────────────────────────────────────────────────────────────────

    function testFuzz_isValidEntitySignature_accepts65Bytes_ofTheSoleMember(
        uint256 seed,
        bytes32 digest
    ) public {
        uint256[] memory keys = Signing.keys(seed, 1);
        EntityId lazy = provider.soleEntity(vm.addr(keys[0]));
        EntityId registered = provider.register(Signing.board(keys, 1));
        bytes memory signature = Signing.ecdsa(keys[0], digest);
        assert(_isValid(lazy, digest, signature));
        assert(_isValid(registered, digest, signature));
    }

    function testFuzz_isValidEntitySignature_refuses65Bytes_whenOneByteDiffers(
        uint256 seed,
        bytes32 digest,
        uint8 place,
        uint8 by
    ) public view {
        vm.assume(by != 0);
        uint256 key = Signing.keys(seed, 1)[0];
        bytes memory signature = Signing.ecdsa(key, digest);
        signature[place % 65] ^= bytes1(by);
        assert(!_isValid(provider.soleEntity(vm.addr(key)), digest, signature));
    }

    function testFuzz_isValidEntitySignature_refuses65Bytes_whenMalleated(
        uint256 seed,
        bytes32 digest
    ) public view {
        uint256 key = Signing.keys(seed, 1)[0];
        EntityId entity = provider.soleEntity(vm.addr(key));
        bytes memory twin = Signing.malleated(key, digest);
        // The twin is good mathematics: the precompile itself names the same key.
        (bytes32 r, bytes32 s, uint8 v) = _split(twin);
        assert(ecrecover(digest, v, r, s) == vm.addr(key));
        assert(!_isValid(entity, digest, twin));
    }

    function testFuzz_isValidEntitySignature_refuses65Bytes_ofNobody_forTheZeroAddress(
        bytes32 r,
        bytes32 s,
        uint8 v,
        bytes32 digest
    ) public view {
        vm.assume(v != 27 && v != 28);
        EntityId nobody = provider.soleEntity(address(0));
        assert(!_isValid(nobody, digest, abi.encodePacked(r, s, v)));
        assert(!_isValid(nobody, digest, abi.encodePacked(bytes32(0), bytes32(0), uint8(27))));
    }

    /// @dev For any r there is a key, nobody's, that r and a given s are the signature of.
    function test_isValidEntitySignature_accepts_upToHalfTheOrderOfTheCurve() public view {
        uint256 half = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
        bytes32 r = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;
        for (uint256 i; i < 2; ++i) {
            bytes32 s = bytes32(half + i);
            address signer = ecrecover("digest", 27, r, s);
            assert(signer != address(0));
            bytes memory signature = abi.encodePacked(r, s, uint8(27));
            assert(_isValid(provider.soleEntity(signer), "digest", signature) == (i == 0));
        }
    }

    function test_isValidEntitySignature_refuses65Bytes_ofOneOfTwo_evenIfHeDecidesAlone()
        public
        view
    {
        uint256[] memory keys = Signing.keys(1, 2);
        EntityId entity = Signing.lazyId(Signing.board(keys, 1));
        assert(!_isValid(entity, "digest", Signing.ecdsa(keys[0], "digest")));
    }

    function test_isValidEntitySignature_refuses65Bytes_whenTheWeightIsNotOne() public view {
        uint256[] memory keys = Signing.keys(1, 1);
        Board memory board = Signing.board(keys, 1);
        board.members[0].weight = 2;
        EntityId entity = Signing.lazyId(board);
        assert(!_isValid(entity, "digest", Signing.ecdsa(keys[0], "digest")));
        assert(_isValid(entity, "digest", _signed(board, entity, "digest", keys, 1)));
    }

    // ─── The board's form ───────────────────────────────────────────────────────────────────────

    /// @dev A small world: up to 5 members of weight 1…3, any bitmap, any threshold up to one too many.
    function testFuzz_isValidEntitySignature_accepts_exactlyFromTheThresholdOn(
        uint256 seed,
        uint8 count,
        uint8 bitmap,
        uint8 threshold
    ) public view {
        uint256[] memory keys = Signing.keys(seed, 1 + (count % 5));
        Board memory board = Signing.board(keys, threshold % 17);
        uint256 signers = bitmap % 2 ** keys.length;
        uint256 weight;
        for (uint256 i; i < keys.length; ++i) {
            board.members[i].weight = uint64(1 + ((seed >> i) % 3));
            if ((signers >> i) & 1 == 1) weight += board.members[i].weight;
        }
        EntityId entity = Signing.lazyId(board);
        bytes memory signature = _signed(board, entity, "digest", keys, signers);
        assert(
            _isValid(entity, "digest", signature) ==
                (board.threshold > 0 && weight >= board.threshold)
        );
    }

    function testFuzz_isValidEntitySignature_refusesABoardForm_whenOneByteDiffers(
        uint256 seed,
        uint256 place,
        uint8 by
    ) public view {
        vm.assume(by != 0);
        uint256[] memory keys = Signing.keys(seed % 16, 3);
        Board memory board = Signing.board(keys, 1);
        EntityId entity = Signing.lazyId(board);
        bytes memory signature = _signed(board, entity, "digest", keys, 5);
        signature[place % signature.length] ^= bytes1(by);
        assert(!_isValid(entity, "digest", signature));
    }

    function testFuzz_isValidEntitySignature_refusesABoardForm_ofAnotherLength(
        uint256 length
    ) public view {
        uint256[] memory keys = Signing.keys(1, 3);
        Board memory board = Signing.board(keys, 1);
        EntityId entity = Signing.lazyId(board);
        bytes memory signature = _signed(board, entity, "digest", keys, 5);
        bytes memory other = new bytes(length % (signature.length + 100));
        vm.assume(other.length != signature.length);
        for (uint256 i; i < other.length && i < signature.length; ++i) other[i] = signature[i];
        assert(!_isValid(entity, "digest", other));
    }

    function testFuzz_isValidEntitySignature_isFalse_ofAnyBytes(
        bytes32 id,
        bytes32 digest,
        bytes memory tail
    ) public view {
        EntityId entity = EntityId.wrap(id);
        assert(!_isValid(entity, digest, tail));
        assert(!_isValid(entity, digest, abi.encodePacked(bytes1(0x01), tail)));
        assert(!_isValid(entity, digest, abi.encodePacked(bytes1(0x02), tail)));
        assert(!_isValid(entity, digest, abi.encodePacked(bytes1(0x04), tail)));
    }

    /// @dev Words of small and of huge values where counts and offsets are expected.
    function testFuzz_isValidEntitySignature_isFalse_ofAnyWords(
        uint256[24] memory words,
        uint256 huge
    ) public view {
        for (uint256 i; i < words.length; ++i) {
            if ((huge >> i) & 1 == 0) words[i] %= 0x101;
        }
        bytes memory body = abi.encode(words);
        assert(!_isValid(EntityId.wrap("lazy"), "digest", abi.encodePacked(bytes1(0x01), body)));
        assert(!_isValid(EntityId.wrap("lazy"), "digest", abi.encodePacked(bytes1(0x04), body)));
    }

    function test_isValidEntitySignature_isFalse_ofEmptyBytesAndBareTags() public view {
        EntityId entity = provider.soleEntity(address(1));
        assert(!_isValid(entity, "digest", ""));
        for (uint256 tag; tag < 256; ++tag)
            assert(!_isValid(entity, "digest", abi.encodePacked(uint8(tag))));
    }

    function test_isValidEntitySignature_staysUnderItsGas_whenAllThirtyTwoSign() public view {
        uint256[] memory keys = Signing.keys(1, 32);
        Board memory board = Signing.board(keys, 32);
        EntityId entity = Signing.lazyId(board);
        bytes memory signature = _signed(board, entity, "digest", keys, type(uint32).max);
        uint256 before = gasleft();
        assert(provider.isValidEntitySignature(entity, "digest", signature));
        assert(before - gasleft() < 250_000);
    }

    // ─── Boards that cannot decide, shown by a lazy entity ──────────────────────────────────────

    function test_isValidEntitySignature_refuses_whenTheThresholdIsZero() public view {
        uint256[] memory keys = Signing.keys(1, 2);
        Board memory board = Signing.board(keys, 0);
        _assertDecidesNothing(board, keys, 0);
        _assertDecidesNothing(board, keys, 3);
    }

    function test_isValidEntitySignature_refuses_whenTheThresholdIsBeyondTheTotal() public view {
        uint256[] memory keys = Signing.keys(1, 2);
        _assertDecidesNothing(Signing.board(keys, 3), keys, 3);
    }

    function test_isValidEntitySignature_refuses_whenAMemberSitsTwice() public view {
        uint256[] memory keys = Signing.keys(1, 2);
        keys[1] = keys[0];
        _assertDecidesNothing(Signing.board(keys, 2), keys, 3);
    }

    function test_isValidEntitySignature_refuses_whenMembersDescend() public view {
        uint256[] memory keys = Signing.keys(1, 2);
        (keys[0], keys[1]) = (keys[1], keys[0]);
        _assertDecidesNothing(Signing.board(keys, 1), keys, 3);
    }

    function test_isValidEntitySignature_refuses_whenAWeightIsZero() public view {
        uint256[] memory keys = Signing.keys(1, 2);
        Board memory board = Signing.board(keys, 1);
        board.members[1].weight = 0;
        _assertDecidesNothing(board, keys, 1);
    }

    function test_isValidEntitySignature_refuses_whenThereAreNoMembers() public view {
        _assertDecidesNothing(Board(0, new Member[](0)), new uint256[](0), 0);
        _assertDecidesNothing(Board(1, new Member[](0)), new uint256[](0), 0);
    }

    function test_isValidEntitySignature_refuses_whenThereAreThirtyThreeMembers() public view {
        uint256[] memory keys = Signing.keys(1, 33);
        _assertDecidesNothing(Signing.board(keys, 1), keys, 1);
    }

    /// @dev A lazy id can be the hash of any words; only those that the form can show are a board.
    function test_isValidEntitySignature_refuses_whenAWordOfTheBoardIsOutOfRange() public view {
        // Threshold, where the members begin, kind, bits above the address, weight.
        assert(_isSignedRaw([uint256(1), 0x40, 0, 0, 1]));
        assert(_isSignedRaw([uint256(type(uint64).max), 0x40, 0, 0, type(uint64).max]));
        assert(!_isSignedRaw([uint256(1) << 64, 0x40, 0, 0, uint256(1) << 64]));
        assert(!_isSignedRaw([uint256(1), 0x40, 0, 0, uint256(1) << 64]));
        assert(!_isSignedRaw([uint256(1), 0x41, 0, 0, 1]));
        assert(!_isSignedRaw([uint256(1), 0x40, 4, 0, 1]));
        assert(!_isSignedRaw([uint256(1), 0x40, 0, 1, 1]));
    }

    // ─── Evidence ───────────────────────────────────────────────────────────────────────────────

    function testFuzz_isValidProofSignature_agreesWithTheOther_andIsNeverOutgoing(
        uint256 seed,
        bool good
    ) public view {
        uint256 key = Signing.keys(seed, 1)[0];
        EntityId entity = provider.soleEntity(vm.addr(key));
        bytes memory signature = Signing.ecdsa(key, good ? bytes32("digest") : bytes32("other"));
        (bool valid, bool outgoing) = provider.isValidProofSignature(entity, "digest", signature);
        assert(valid == good && !outgoing);
    }

    function test_isValidProofSignature_counts_whateverCodeTheSignerHas() public {
        uint256 key = Signing.keys(1, 1)[0];
        EntityId entity = provider.soleEntity(vm.addr(key));
        vm.etch(vm.addr(key), hex"fe");
        (bool valid, ) = provider.isValidProofSignature(
            entity,
            "digest",
            Signing.ecdsa(key, "digest")
        );
        assert(valid);
    }

    /// @dev Whether one member can sign for the lazy entity whose board has these words.
    function _isSignedRaw(uint256[5] memory words) private view returns (bool) {
        uint256 key = Signing.keys(1, 1)[0];
        bytes memory board = abi.encode(
            words[0],
            words[1],
            1,
            words[2],
            (words[3] << 160) | uint160(vm.addr(key)),
            words[4]
        );
        EntityId entity = EntityId.wrap(
            keccak256(abi.encodePacked(uint256(1), uint256(0x40), board))
        );
        bytes32 wrapped = Signing.entityDigest(provider.domainSeparator(), entity, "digest");
        bytes memory form = abi.encodePacked(
            bytes1(0x01),
            uint64(words[0]),
            hex"0100000001",
            uint8(words[2]),
            uint64(words[4]),
            vm.addr(key),
            Signing.ecdsa(key, wrapped)
        );
        return _isValid(entity, "digest", form);
    }

    function _assertDecidesNothing(
        Board memory board,
        uint256[] memory keys,
        uint256 bitmap
    ) private view {
        EntityId entity = Signing.lazyId(board);
        assert(!_isValid(entity, "digest", _signed(board, entity, "digest", keys, bitmap)));
    }

    function _signed(
        Board memory board,
        EntityId entity,
        bytes32 digest,
        uint256[] memory keys,
        uint256 bitmap
    ) private view returns (bytes memory) {
        bytes32 wrapped = Signing.entityDigest(provider.domainSeparator(), entity, digest);
        return Signing.boardForm(board, bitmap, Signing.ecdsaOf(keys, bitmap, wrapped));
    }

    function _isValid(
        EntityId entity,
        bytes32 digest,
        bytes memory signature
    ) private view returns (bool) {
        return provider.isValidEntitySignature(entity, digest, signature);
    }

    function _split(bytes memory signature) private pure returns (bytes32 r, bytes32 s, uint8 v) {
        assembly ("memory-safe") {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
            v := byte(0, mload(add(signature, 96)))
        }
    }
}
