// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityProvider} from "../../contracts/EntityProvider.sol";
import {Board} from "../../contracts/interfaces/IEntityProvider.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice One signature for many digests: signed roots, their paths and their `unanimous` flag.
contract EntityProviderRootTest {
    EntityProvider private provider = new EntityProvider();

    struct Shown {
        bytes32 root;
        bool unanimous;
        uint256 index;
        bytes32[] path;
    }

    function testFuzz_isValidEntitySignature_acceptsARoot_fromEveryLeaf(
        bytes32 digest,
        uint8 depth,
        uint256 index,
        uint256 seed,
        bool unanimous
    ) public view {
        Shown memory shown = _tree(digest, depth % 33, index, seed, unanimous);
        assert(_isValidSole(digest, shown));
    }

    function testFuzz_isValidEntitySignature_refusesARoot_forAnotherDigest(
        bytes32 digest,
        bytes32 other,
        uint8 depth,
        uint256 seed
    ) public view {
        vm.assume(digest != other);
        assert(!_isValidSole(other, _tree(digest, depth % 5, seed, seed, false)));
    }

    function testFuzz_isValidEntitySignature_refusesARoot_atAnotherPlace(
        uint256 index,
        uint8 by
    ) public view {
        Shown memory shown = _tree("digest", 4, index, 1, false);
        vm.assume(by % 16 != 0);
        shown.index ^= by % 16;
        assert(!_isValidSole("digest", shown));
    }

    function testFuzz_isValidEntitySignature_refusesARoot_whenTheIndexIsBeyondThePath(
        uint8 depth,
        uint8 bit
    ) public view {
        Shown memory shown = _tree("digest", depth % 33, 0, 1, false);
        vm.assume(bit >= depth % 33);
        shown.index = 1 << bit;
        assert(!_isValidSole("digest", shown));
    }

    function test_isValidEntitySignature_refusesARoot_whenThePathIsTooLong() public view {
        assert(_isValidSole("digest", _tree("digest", 32, 0, 1, false)));
        assert(!_isValidSole("digest", _tree("digest", 33, 0, 1, false)));
    }

    /// @dev Without tags for leaves and nodes, an inner node shown as a digest would pass.
    function test_isValidEntitySignature_refusesAnInnerNode_shownAsALeaf() public view {
        Shown memory shown = _tree("digest", 2, 0, 1, false);
        bytes32 node = Signing.node(Signing.leaf("digest"), shown.path[0]);
        bytes32[] memory shorter = new bytes32[](1);
        shorter[0] = shown.path[1];
        assert(!_isValidSole(node, Shown(shown.root, false, 0, shorter)));
        assert(!_isValidSole(shown.root, Shown(shown.root, false, 0, new bytes32[](0))));
    }

    function testFuzz_isValidEntitySignature_refusesARoot_whenOneByteDiffers(
        uint256 place,
        uint8 by
    ) public view {
        vm.assume(by != 0);
        uint256 key = _key();
        EntityId entity = provider.soleEntity(vm.addr(key));
        Shown memory shown = _tree("digest", 3, 5, 1, true);
        bytes memory signature = _form(shown, Signing.ecdsa(key, _rootDigest(entity, shown)));
        signature[place % signature.length] ^= bytes1(by);
        assert(!provider.isValidEntitySignature(entity, "digest", signature));
    }

    function testFuzz_isValidEntitySignature_refusesARoot_ofAnotherLength(
        uint256 length
    ) public view {
        uint256 key = _key();
        EntityId entity = provider.soleEntity(vm.addr(key));
        Shown memory shown = _tree("digest", 3, 5, 1, true);
        bytes memory signature = _form(shown, Signing.ecdsa(key, _rootDigest(entity, shown)));
        bytes memory other = new bytes(length % (signature.length + 100));
        vm.assume(other.length != signature.length);
        for (uint256 i; i < other.length && i < signature.length; ++i) other[i] = signature[i];
        assert(!provider.isValidEntitySignature(entity, "digest", other));
    }

    /// @dev Anything but 0 and 1 is not a flag, though it would read as one that is not set.
    function testFuzz_isValidEntitySignature_refusesARoot_whenItsFlagIsNoFlag(
        uint256 flag
    ) public view {
        vm.assume(flag > 1);
        assert(_isValidWithWord(1, 0));
        assert(!_isValidWithWord(1, flag));
    }

    /// @dev A length near 2^256 must not wrap around to a small one, and not revert either.
    function testFuzz_isValidEntitySignature_refusesARoot_whenItsInnerLengthIsAnother(
        uint256 length,
        bool huge
    ) public view {
        if (huge) length = type(uint256).max - (length % 2000);
        vm.assume(length != 65);
        assert(_isValidWithWord(9, 65));
        assert(!_isValidWithWord(9, length));
    }

    function testFuzz_isValidEntitySignature_refusesARoot_whenItsPathLengthIsAnother(
        uint256 length
    ) public view {
        vm.assume(length != 3);
        assert(_isValidWithWord(5, 3));
        assert(!_isValidWithWord(5, length));
    }

    // ─── unanimous ──────────────────────────────────────────────────────────────────────────────

    /// @dev A small world: boards of up to 4, any threshold, any members absent.
    function testFuzz_isValidEntitySignature_countsAUnanimousRoot_onlyIfNobodyIsAbsent(
        uint256 seed,
        uint8 count,
        uint8 threshold,
        uint8 bitmap,
        bool unanimous
    ) public view {
        uint256[] memory keys = Signing.keys(seed, 1 + (count % 4));
        Board memory board = Signing.board(keys, uint64(1 + (threshold % keys.length)));
        EntityId entity = Signing.lazyId(board);
        Shown memory shown = _tree("digest", 2, 1, seed, unanimous);
        uint256 signers = bitmap % 2 ** keys.length;
        bytes memory signature = _form(shown, _boardInner(board, entity, shown, keys, signers));

        bool everyone = signers == 2 ** keys.length - 1;
        bool enough = _countBits(signers) >= board.threshold;
        assert(
            provider.isValidEntitySignature(entity, "digest", signature) ==
                (unanimous ? everyone : enough)
        );
    }

    function test_isValidEntitySignature_refusesARoot_whenItsFlagIsChanged() public view {
        uint256[] memory keys = Signing.keys(1, 3);
        Board memory board = Signing.board(keys, 2);
        EntityId entity = Signing.lazyId(board);
        Shown memory shown = _tree("digest", 2, 1, 1, true);
        bytes memory inner = _boardInner(board, entity, shown, keys, 7);
        assert(provider.isValidEntitySignature(entity, "digest", _form(shown, inner)));
        shown.unanimous = false;
        assert(!provider.isValidEntitySignature(entity, "digest", _form(shown, inner)));
    }

    /// @dev Votes on the unanimous root that never became complete must not serve as votes on the other.
    function test_isValidEntitySignature_refusesARoot_whenVotesOfBothFlagsAreMixed() public view {
        uint256[] memory keys = Signing.keys(1, 2);
        Board memory board = Signing.board(keys, 2);
        EntityId entity = Signing.lazyId(board);
        Shown memory shown = _tree("digest", 0, 0, 1, true);
        bytes32 separator = provider.domainSeparator();
        bytes32 fast = Signing.entityDigest(separator, entity, _rootDigest(entity, shown));
        shown.unanimous = false;
        bytes32 slow = Signing.entityDigest(separator, entity, _rootDigest(entity, shown));
        bytes[] memory mixed = new bytes[](2);
        (mixed[0], mixed[1]) = (Signing.ecdsa(keys[0], fast), Signing.ecdsa(keys[1], slow));
        bytes memory inner = Signing.boardForm(board, 3, mixed);
        assert(!provider.isValidEntitySignature(entity, "digest", _form(shown, inner)));
        shown.unanimous = true;
        assert(!provider.isValidEntitySignature(entity, "digest", _form(shown, inner)));
    }

    function testFuzz_isValidEntitySignature_refusesARootOfRoots(
        bool outer,
        bool nested
    ) public view {
        uint256 key = _key();
        EntityId entity = provider.soleEntity(vm.addr(key));
        Shown memory low = _tree("digest", 1, 0, 1, nested);
        Shown memory high = _tree(_rootDigest(entity, low), 1, 0, 2, outer);
        bytes memory inner = _form(high, Signing.ecdsa(key, _rootDigest(entity, high)));
        assert(provider.isValidEntitySignature(entity, _rootDigest(entity, low), inner));
        assert(!provider.isValidEntitySignature(entity, "digest", _form(low, inner)));
    }

    // ─── Domain ─────────────────────────────────────────────────────────────────────────────────

    function testFuzz_domainSeparator_isTheStatedHash_onEveryChain(uint64 chainId) public {
        vm.assume(chainId != 0);
        vm.chainId(chainId);
        bytes32 typehash = keccak256(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        );
        assert(
            provider.domainSeparator() ==
                keccak256(
                    abi.encode(
                        typehash,
                        keccak256("XLN EntityProvider"),
                        keccak256("1"),
                        chainId,
                        address(provider)
                    )
                )
        );
    }

    function test_isValidEntitySignature_refusesAReplay_afterAFork() public {
        uint256 key = _key();
        EntityId entity = provider.soleEntity(vm.addr(key));
        Shown memory shown = _tree("digest", 1, 0, 1, false);
        bytes memory signature = _form(shown, Signing.ecdsa(key, _rootDigest(entity, shown)));
        assert(provider.isValidEntitySignature(entity, "digest", signature));
        vm.chainId(777);
        assert(!provider.isValidEntitySignature(entity, "digest", signature));
        signature = _form(shown, Signing.ecdsa(key, _rootDigest(entity, shown)));
        assert(provider.isValidEntitySignature(entity, "digest", signature));
    }

    function test_isValidEntitySignature_refusesAReplay_atAnotherContract() public {
        uint256 key = _key();
        EntityId entity = provider.soleEntity(vm.addr(key));
        Shown memory shown = _tree("digest", 1, 0, 1, false);
        bytes memory signature = _form(shown, Signing.ecdsa(key, _rootDigest(entity, shown)));
        assert(!new EntityProvider().isValidEntitySignature(entity, "digest", signature));
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    /// @dev A tree of `depth` in which `digest` is the leaf `index`, with other nodes from `seed`.
    function _tree(
        bytes32 digest,
        uint256 depth,
        uint256 index,
        uint256 seed,
        bool unanimous
    ) private pure returns (Shown memory shown) {
        shown.unanimous = unanimous;
        shown.index = index % 2 ** depth;
        shown.path = new bytes32[](depth);
        for (uint256 i; i < depth; ++i) shown.path[i] = keccak256(abi.encode(seed, i));
        shown.root = Signing.climb(digest, shown.index, shown.path);
    }

    function _isValidSole(bytes32 digest, Shown memory shown) private view returns (bool) {
        EntityId entity = provider.soleEntity(vm.addr(_key()));
        bytes memory inner = Signing.ecdsa(_key(), _rootDigest(entity, shown));
        return provider.isValidEntitySignature(entity, digest, _form(shown, inner));
    }

    /// @dev A good root with a path of 3, but for word `index` of its form.
    function _isValidWithWord(uint256 index, uint256 value) private view returns (bool) {
        EntityId entity = provider.soleEntity(vm.addr(_key()));
        Shown memory shown = _tree("digest", 3, 5, 1, false);
        bytes memory signature = _form(shown, Signing.ecdsa(_key(), _rootDigest(entity, shown)));
        assembly ("memory-safe") {
            mstore(add(add(signature, 33), mul(index, 32)), value)
        }
        return provider.isValidEntitySignature(entity, "digest", signature);
    }

    function _boardInner(
        Board memory board,
        EntityId entity,
        Shown memory shown,
        uint256[] memory keys,
        uint256 bitmap
    ) private view returns (bytes memory) {
        bytes32 wrapped = Signing.entityDigest(
            provider.domainSeparator(),
            entity,
            _rootDigest(entity, shown)
        );
        return Signing.boardForm(board, bitmap, Signing.ecdsaOf(keys, bitmap, wrapped));
    }

    function _form(Shown memory shown, bytes memory inner) private pure returns (bytes memory) {
        return Signing.rootForm(shown.root, shown.unanimous, shown.index, shown.path, inner);
    }

    function _rootDigest(EntityId entity, Shown memory shown) private view returns (bytes32) {
        return Signing.rootDigest(provider.domainSeparator(), entity, shown.root, shown.unanimous);
    }

    function _key() private pure returns (uint256) {
        return Signing.keys(42, 1)[0];
    }

    function _countBits(uint256 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits >>= 1) count += bits & 1;
    }
}
