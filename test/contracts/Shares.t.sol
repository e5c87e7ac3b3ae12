// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1155} from "../../contracts/interfaces/IERC1155.sol";
import {IERC1155Receiver} from "../../contracts/interfaces/IERC1155Receiver.sol";
import {IEntityProvider} from "../../contracts/interfaces/IEntityProvider.sol";
import {Allotment, IShares} from "../../contracts/interfaces/IShares.sol";
import {EntityProvider} from "../../contracts/EntityProvider.sol";
import {Shares} from "../../contracts/Shares.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Terms} from "../../contracts/types/Equity.sol";
import {Log, Logs} from "./support/Logs.sol";
import {SharesWorld} from "./support/SharesWorld.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice Takes shares, or not, and does what it was told to while it is asked.
contract Receiver is IERC1155Receiver {
    error NotMine();

    address private _target;
    bytes private _call;
    bytes4 private _single = IERC1155Receiver.onERC1155Received.selector;
    bytes4 private _batch = IERC1155Receiver.onERC1155BatchReceived.selector;
    bytes public seen;

    function refuse() external {
        (_single, _batch) = (0, 0);
    }

    function doWhenAsked(address target, bytes calldata data) external {
        (_target, _call) = (target, data);
    }

    function onERC1155Received(
        address operator,
        address from,
        uint256 id,
        uint256 value,
        bytes calldata data
    ) external returns (bytes4) {
        seen = abi.encode(operator, from, id, value, data);
        _act();
        return _single;
    }

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external returns (bytes4) {
        seen = abi.encode(operator, from, ids, values, data);
        _act();
        return _batch;
    }

    function _act() private {
        if (_target == address(0)) return;
        (bool ok, ) = _target.call(_call);
        require(ok, NotMine());
    }
}

/// @notice How shares are issued, and that they are an ERC-1155.
contract SharesTest is SharesWorld {
    function setUp() public {
        _createShares();
    }

    // ─── Articles ───────────────────────────────────────────────────────────────────────────────

    function test_issue_givesEverybodyWhatTheArticlesSay() public {
        EntityId entity = provider.register(_board(0));
        uint256 id = 2 * uint256(EntityId.unwrap(entity));
        Logs.start();
        _issue(entity, _allotments());
        Log[] memory issued = Logs.take(IShares.SharesIssued.selector);
        assert(issued.length == 1 && issued[0].topics[1] == EntityId.unwrap(entity));
        assert(keccak256(issued[0].data) == keccak256(abi.encode(DELAY, uint64(100), uint64(10))));
        assert(shares.balanceOf(ann, id) == 40 && shares.balanceOf(ann, id + 1) == 5);
        assert(shares.balanceOf(cid, id) == 25 && shares.balanceOf(cid, id + 1) == 2);
        Terms memory terms = shares.termsOf(entity);
        assert(terms.delay == DELAY && terms.issuedAt == block.timestamp);
        assert(terms.control == 100 && terms.dividend == 10);
    }

    function test_issue_happensOnce() public {
        vm.expectRevert(abi.encodeWithSelector(IShares.SharesIssuedBefore.selector, company));
        vm.prank(vm.addr(keys[0]));
        shares.issue(company, DELAY, _allotments(), _now(), "");
    }

    function test_issue_takesTheEntitysSignature_overEveryWord() public {
        EntityId entity = provider.register(_board(0));
        Allotment[] memory allotments = _allotments();
        bytes memory signature = Signing.ecdsa(
            keys[0],
            _articles(entity, DELAY, allotments, _now())
        );
        _expectUnsigned(entity, _articles(entity, DELAY + 1, allotments, _now()));
        shares.issue(entity, DELAY + 1, allotments, _now(), signature);
        for (uint256 i; i < 3; ++i) {
            Allotment[] memory other = _allotments();
            if (i == 0) other[2].to = ann;
            if (i == 1) other[1].control += 1;
            if (i == 2) other[0].dividend += 1;
            _expectUnsigned(entity, _articles(entity, DELAY, other, _now()));
            shares.issue(entity, DELAY, other, _now(), signature);
        }
        shares.issue(entity, DELAY, allotments, _now(), signature);
        assert(shares.termsOf(entity).control == 100);
    }

    function test_issue_isNotReplayed_forAnotherEntity_orProvider() public {
        EntityId entity = provider.register(_board(0));
        EntityId twin = provider.register(_board(0));
        Allotment[] memory allotments = _allotments();
        bytes memory signature = Signing.ecdsa(
            keys[0],
            _articles(entity, DELAY, allotments, _now())
        );
        vm.expectRevert();
        shares.issue(twin, DELAY, allotments, _now(), signature);
        EntityProvider other = new EntityProvider();
        for (uint256 i; i < 2; ++i) other.register(_board(0));
        Shares otherShares = Shares(other.shares());
        vm.expectRevert();
        otherShares.issue(entity, DELAY, allotments, _now(), signature);
    }

    function test_issue_isRefused_afterItsTime() public {
        EntityId entity = provider.register(_board(0));
        Allotment[] memory allotments = _allotments();
        (uint64 until, bytes32 digest) = (_now(), _articles(entity, DELAY, allotments, _now()));
        bytes memory signature = Signing.ecdsa(keys[0], digest);
        vm.warp(until + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IShares.ArticlesExpired.selector, until, block.timestamp)
        );
        shares.issue(entity, DELAY, allotments, until, signature);
        vm.warp(until);
        shares.issue(entity, DELAY, allotments, until, signature);
    }

    function test_issue_isRefused_toALazyEntity() public {
        EntityId lazy = _homeOf(ann);
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.NotRegistered.selector, lazy));
        vm.prank(ann);
        shares.issue(lazy, DELAY, _allotments(), _now(), "");
    }

    function test_issue_takesDelays_of4To90Days() public {
        uint64[4] memory delays = [uint64(4 days) - 1, 90 days + 1, uint64(4 days), 90 days];
        for (uint256 i; i < 4; ++i) {
            EntityId entity = provider.register(_board(0));
            if (i < 2) {
                vm.expectRevert(abi.encodeWithSelector(IShares.DelayInvalid.selector, delays[i]));
            }
            vm.prank(vm.addr(keys[0]));
            shares.issue(entity, delays[i], _allotments(), _now(), "");
        }
    }

    function test_issue_takes1To2To64LessOne_ofEachKind() public {
        uint64 most = type(uint64).max;
        _expectSupply(most, 0, 1, 0, false);
        _expectSupply(0, 1, 0, 1, false);
        _expectSupply(most, 1, 1, 0, false);
        _expectSupply(1, most, 0, 1, false);
        _expectSupply(most - 1, most, 1, 0, true);
        _expectSupply(1, 0, 0, 1, true);
    }

    function test_issue_isRefused_toNobody() public {
        EntityId entity = provider.register(_board(0));
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155.ERC1155InvalidReceiver.selector, address(0))
        );
        vm.prank(vm.addr(keys[0]));
        shares.issue(entity, DELAY, _one(Allotment(address(0), 1, 1)), _now(), "");
    }

    /// @dev Whoever is asked first finds all shares issued: he can do what he could afterwards, and no more.
    function test_issue_asksReceivers_whenAllIsIssued() public {
        EntityId entity = provider.register(_board(0));
        Receiver first = new Receiver();
        Allotment[] memory allotments = new Allotment[](2);
        (allotments[0], allotments[1]) = (Allotment(address(first), 60, 1), Allotment(ann, 40, 9));
        bytes memory call = abi.encodeCall(shares.vote, (entity, _hash(1), 60));
        first.doWhenAsked(address(shares), call);
        _issue(entity, allotments);
        (bytes32 decided, ) = shares.shareholdersDecision(entity);
        assert(decided == _hash(1));

        entity = provider.register(_board(0));
        first.doWhenAsked(address(shares), abi.encodeCall(shares.vote, (entity, _hash(1), 61)));
        vm.expectRevert(abi.encodeWithSelector(Receiver.NotMine.selector));
        vm.prank(vm.addr(keys[0]));
        shares.issue(entity, DELAY, allotments, _now(), "");
    }

    function test_shares_areOfTheProvider_thatMadeThem() public view {
        assert(shares.entityProvider() == address(provider));
    }

    function test_shares_areNamed_byEntityAndKind() public {
        EntityId other = provider.register(_board(0));
        _issue(other, _one(Allotment(cid, 7, 8)));
        uint256 id = 2 * uint256(EntityId.unwrap(other));
        assert(id == controlId + 2);
        assert(shares.balanceOf(cid, id) == 7 && shares.balanceOf(cid, id + 1) == 8);
        assert(shares.balanceOf(cid, controlId) == 25);
        assert(keccak256(bytes(shares.uri(id))) != keccak256(bytes(shares.uri(id + 1))));
    }

    // ─── ERC-1155 ───────────────────────────────────────────────────────────────────────────────

    function testFuzz_safeTransferFrom_movesWhatThereIs(uint8 value, bool dividends) public {
        uint256 id = dividends ? dividendId : controlId;
        uint256 all = dividends ? 5 : 40;
        if (value > all) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IERC1155.ERC1155InsufficientBalance.selector,
                    ann,
                    all,
                    uint256(value),
                    id
                )
            );
            _give(ann, bob, id, value);
            return;
        }
        uint256 before = shares.balanceOf(bob, id);
        _give(ann, bob, id, value);
        assert(shares.balanceOf(ann, id) == all - value);
        assert(shares.balanceOf(bob, id) == before + value);
    }

    function test_safeTransferFrom_toOneself_changesNothing() public {
        _give(ann, ann, controlId, 40);
        _give(ann, ann, dividendId, 3);
        assert(shares.balanceOf(ann, controlId) == 40);
        assert(shares.balanceOf(ann, dividendId) == 5);
    }

    function test_safeTransferFrom_isForTheOwner_andWhoHeApproves() public {
        bytes memory refusal = abi.encodeWithSelector(
            IERC1155.ERC1155MissingApprovalForAll.selector,
            bob,
            ann
        );
        vm.expectRevert(refusal);
        vm.prank(bob);
        shares.safeTransferFrom(ann, bob, controlId, 1, "");
        vm.prank(ann);
        shares.setApprovalForAll(bob, true);
        assert(shares.isApprovedForAll(ann, bob) && !shares.isApprovedForAll(bob, ann));
        vm.prank(bob);
        shares.safeTransferFrom(ann, bob, controlId, 1, "");
        vm.prank(ann);
        shares.setApprovalForAll(bob, false);
        vm.expectRevert(refusal);
        vm.prank(bob);
        shares.safeBatchTransferFrom(ann, bob, _words(controlId), _words(1), "");
    }

    function test_transfers_goToSomebody() public {
        bytes memory refusal = abi.encodeWithSelector(
            IERC1155.ERC1155InvalidReceiver.selector,
            address(0)
        );
        vm.expectRevert(refusal);
        _give(ann, address(0), controlId, 1);
        vm.expectRevert(refusal);
        vm.prank(ann);
        shares.safeBatchTransferFrom(ann, address(0), _words(controlId), _words(1), "");
    }

    function test_safeBatchTransferFrom_movesAllOrNothing() public {
        uint256[] memory ids = new uint256[](2);
        uint256[] memory values = new uint256[](2);
        (ids[0], ids[1], values[0], values[1]) = (controlId, dividendId, 10, 6);
        vm.expectRevert();
        vm.prank(ann);
        shares.safeBatchTransferFrom(ann, bob, ids, values, "");
        values[1] = 5;
        vm.prank(ann);
        shares.safeBatchTransferFrom(ann, bob, ids, values, "");
        address[] memory accounts = new address[](2);
        (accounts[0], accounts[1]) = (ann, bob);
        uint256[] memory balances = shares.balanceOfBatch(accounts, ids);
        assert(balances[0] == 30 && balances[1] == 8);
    }

    function test_lists_areAsLongAsEachOther() public {
        bytes memory refusal = abi.encodeWithSelector(
            IERC1155.ERC1155InvalidArrayLength.selector,
            2,
            1
        );
        vm.expectRevert(refusal);
        vm.prank(ann);
        shares.safeBatchTransferFrom(ann, bob, new uint256[](2), new uint256[](1), "");
        vm.expectRevert(refusal);
        shares.balanceOfBatch(new address[](1), new uint256[](2));
    }

    function test_contracts_areAskedWhetherTheyTakeShares() public {
        Receiver receiver = new Receiver();
        vm.prank(ann);
        shares.safeTransferFrom(ann, address(receiver), controlId, 2, "hello");
        bytes memory expected = abi.encode(ann, ann, controlId, 2, bytes("hello"));
        assert(keccak256(receiver.seen()) == keccak256(expected));
        vm.prank(ann);
        shares.safeBatchTransferFrom(ann, address(receiver), _words(dividendId), _words(1), "x");
        expected = abi.encode(ann, ann, _words(dividendId), _words(1), bytes("x"));
        assert(keccak256(receiver.seen()) == keccak256(expected));

        receiver.refuse();
        bytes memory refusal = abi.encodeWithSelector(
            IERC1155.ERC1155InvalidReceiver.selector,
            address(receiver)
        );
        vm.expectRevert(refusal);
        _give(ann, address(receiver), controlId, 1);
        vm.expectRevert(refusal);
        vm.prank(ann);
        shares.safeBatchTransferFrom(ann, address(receiver), _words(dividendId), _words(1), "");
        // Neither is a contract that knows nothing of shares given any; nor the provider itself.
        vm.expectRevert();
        _give(ann, address(token), controlId, 1);
        vm.expectRevert();
        _give(ann, address(shares), controlId, 1);
    }

    /// @dev When it is asked, both balances are already what they will be.
    function test_aReceiver_thatReenters_findsEverythingDone() public {
        Receiver receiver = new Receiver();
        _give(ann, address(receiver), controlId, 1);
        bytes memory call = abi.encodeCall(
            shares.safeTransferFrom,
            (address(receiver), bob, controlId, 6, "")
        );
        receiver.doWhenAsked(address(shares), call);
        _give(ann, address(receiver), controlId, 5);
        assert(shares.balanceOf(address(receiver), controlId) == 0);
        assert(shares.balanceOf(bob, controlId) == 41);
        vm.expectRevert();
        _give(ann, address(receiver), controlId, 5);
    }

    function test_supportsInterface_namesTheStandards() public view {
        bytes4[4] memory ids = [bytes4(0x01ffc9a7), 0xd9b67a26, 0x0e89341c, 0xffffffff];
        for (uint256 i; i < 4; ++i) assert(shares.supportsInterface(ids[i]) == (i < 3));
    }

    function test_transfers_tellWhatMoved() public {
        Logs.start();
        _give(ann, bob, controlId, 3);
        Log[] memory moved = Logs.take(IERC1155.TransferSingle.selector);
        assert(moved.length == 1 && moved[0].topics[1] == bytes32(uint256(uint160(ann))));
        assert(moved[0].topics[2] == bytes32(uint256(uint160(ann))));
        assert(moved[0].topics[3] == bytes32(uint256(uint160(bob))));
        assert(keccak256(moved[0].data) == keccak256(abi.encode(controlId, 3)));
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _now() private view returns (uint64) {
        return uint64(block.timestamp);
    }

    function _expectUnsigned(EntityId entity, bytes32 digest) private {
        vm.expectRevert(
            abi.encodeWithSelector(IEntityProvider.SignatureInvalid.selector, entity, digest)
        );
    }

    function _expectSupply(uint64 a, uint64 b, uint64 c, uint64 d, bool isValid) private {
        EntityId entity = provider.register(_board(0));
        Allotment[] memory allotments = new Allotment[](2);
        (allotments[0], allotments[1]) = (Allotment(ann, a, b), Allotment(ann, c, d));
        if (!isValid) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IShares.SupplyInvalid.selector,
                    uint256(a) + c,
                    uint256(b) + d
                )
            );
        }
        vm.prank(vm.addr(keys[0]));
        shares.issue(entity, DELAY, allotments, _now(), "");
    }

    function _words(uint256 word) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = word;
    }
}
